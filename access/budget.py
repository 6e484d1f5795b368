"""How much each key may cost: a token bucket for each, in this process's memory."""

import asyncio
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple
from uuid import UUID

from access.caller import KnownKey
from db.spent import Spent

# A process tells the others of a key's spending once it is this part of the burst, and lets no
# more in while they don't know of twice as much.
SHARE: Final = 8
# How long a request waits for that; a database that takes longer is as good as away.
PATIENCE_SECONDS: Final = 0.5
# In place of a time to wait: until the others know.
AHEAD: Final = -1
# What rounding may take from a unit that is there.
HAIR: Final = 1e-6


class Level(NamedTuple):
    """What a key may still cost, and how long until its bucket is full again."""

    remaining: int
    reset_seconds: int


@dataclass(slots=True)
class Bucket:
    """`full_at` is when the bucket will be full; the others don't know of the rest yet."""

    organization_id: UUID
    full_at: float
    untold: float = 0.0
    # What they are being told.
    telling: float = 0.0


class Budgets:
    """Each key's bucket holds `burst` and gets `per_minute` back.

    A request is let in while there is any left, whatever it costs: what it costs beyond that is
    owed, and paid back before the next one. So nobody is refused who was told of something left.

    Times are seconds of a clock that is never set back; spending is kept as the time that it takes
    to pay it back.
    """

    def __init__(
        self,
        per_minute: int = 0,
        burst: int = 1,
        *,
        clock: Callable[[], float] = time.monotonic,
        size: int = 100_000,
    ) -> None:
        self.per_minute, self.burst = per_minute, burst
        self.are_limited = per_minute > 0
        self.due = asyncio.Event()
        # Whether there is somebody who tells the others.
        self.are_shared = False
        self._clock, self._size = clock, size
        self._interval = 60 / per_minute if per_minute else 0.0
        self._span = burst * self._interval
        self._full = Level(burst, 0)
        self._buckets: dict[UUID, Bucket] = {}
        self._due: dict[UUID, Bucket] = {}
        self._waiting: list[asyncio.Future[None]] = []

    def __len__(self) -> int:
        return len(self._buckets)

    @property
    def window_seconds(self) -> int:
        """How long an empty bucket takes to be full."""
        return max(1, math.ceil(self._span))

    def level(self, key: KnownKey) -> Level:
        bucket = self._buckets.get(key.id)
        owed = bucket.full_at - self._clock() if bucket else 0.0
        if owed <= 0:
            return self._full
        remaining = (self._span - owed) / self._interval + HAIR
        return Level(int(remaining) if remaining > 0 else 0, math.ceil(owed))

    def charge(self, key: KnownKey, cost: int) -> int:
        """Take what a request costs; if it has to wait, nothing is taken, and the seconds told.

        AHEAD where it first has to wait for the others to know.
        """
        now, bucket = self._clock(), self._buckets.get(key.id)
        if bucket is None:
            bucket = self._made(key, now)
        wait = bucket.full_at - now - self._span + self._interval
        if wait > HAIR * self._interval:
            return math.ceil(wait)
        if self.are_shared and (bucket.untold + bucket.telling) * SHARE >= 2 * self._span:
            return AHEAD
        self._spend(key, bucket, now, cost)
        return 0

    def owe(self, key: KnownKey, cost: int) -> None:
        """Take what was spent already, be it there or not."""
        now, bucket = self._clock(), self._buckets.get(key.id)
        if bucket is None:
            bucket = self._made(key, now)
        self._spend(key, bucket, now, cost)

    def _spend(self, key: KnownKey, bucket: Bucket, now: float, cost: int) -> None:
        seconds = cost * self._interval
        full_at = bucket.full_at
        bucket.full_at = (full_at if full_at > now else now) + seconds  # noqa: FURB136  # max is a call
        bucket.untold += seconds
        if bucket.untold * SHARE >= self._span:
            self._tell(key.id, bucket)

    def is_ahead(self, key: KnownKey) -> bool:
        """Whether the key has spent much here that the others don't know of."""
        bucket = self._buckets.get(key.id)
        if bucket is None or not self.are_shared:
            return False
        return (bucket.untold + bucket.telling) * SHARE >= 2 * self._span

    async def caught_up(self, key: KnownKey) -> None:
        """Wait for the others to know; where they can't be told, each counts by itself."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self.is_ahead(key):
                    waiting = asyncio.get_running_loop().create_future()
                    self._waiting.append(waiting)
                    await waiting
        except TimeoutError:
            self.are_shared = False

    def take(self) -> list[Spent]:
        """What the others are to be told of; it is the caller's to tell, or to put back."""
        spent = [Spent(one.organization_id, id, one.untold) for id, one in self._due.items()]
        for bucket in self._due.values():
            bucket.untold, bucket.telling = 0.0, bucket.untold
        self._due.clear()
        self.due.clear()
        return spent

    def put_back(self, batch: list[Spent]) -> None:
        """Keep what the others couldn't be told of."""
        for organization_id, id, seconds in batch:
            bucket = self._buckets.setdefault(id, Bucket(organization_id, self._clock()))
            bucket.telling = 0.0
            bucket.untold += seconds
            self._tell(id, bucket)
        self._told(is_shared=False)

    def settle(self, owed: Mapping[UUID, float]) -> None:
        """Go by what all processes together have spent, and what they don't know of this one."""
        for id, seconds in owed.items():
            if bucket := self._buckets.get(id):
                bucket.full_at, bucket.telling = self._clock() + seconds + bucket.untold, 0.0
        self._told(is_shared=True)

    def _told(self, *, is_shared: bool) -> None:
        self.are_shared = is_shared
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    def _tell(self, id: UUID, bucket: Bucket) -> None:
        """Have the others told of what is enough to be told."""
        # While they can't be told, it isn't more than what could be owed at all.
        most = max(self._span, bucket.full_at - self._clock())
        bucket.untold = min(bucket.untold, most)
        self._due[id] = bucket
        self.due.set()

    def _made(self, key: KnownKey, now: float) -> Bucket:
        if len(self._buckets) >= self._size:
            self._forget()
        bucket = self._buckets[key.id] = Bucket(key.organization_id, now)
        return bucket

    def _forget(self) -> None:
        """Make room: the tenth that owes least goes, full buckets first, which loses nothing."""
        by_debt = sorted((bucket.full_at, id) for id, bucket in self._buckets.items())
        for _, id in by_debt[: max(1, self._size // 10)]:
            del self._buckets[id]
            self._due.pop(id, None)
