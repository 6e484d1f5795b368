"""One webhook's deliveries as a worker holds them: what is read, what is under way, how wide."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from access.encryption import EncryptionKeys
from db.delivery_rows import Due, LaneKey
from delivery.pace import Pace, Speed

WIDEST: Final = 32
# What was read and not sent may have been cancelled meanwhile: it is read again.
FRESH_SECONDS: Final = 1.0
# What is read at once, under way included, for each that may be under way.
AHEAD: Final = 4
# What is committed later than this after its time is found by the next look for lanes only.
LATE: Final = timedelta(seconds=10)
FOREVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(eq=False)
class Lane:
    """`width` is how many may be under way at once.

    It starts at one, grows by one with each success and halves with each failure, so that an
    endpoint that hangs holds one place, and one that answers is soon sent to as fast as it can
    take it.
    """

    key: LaneKey
    # Until when the lane is ours, on the monotonic clock.
    until: float
    width: int = 1
    # Whether there may be more that is due than was read.
    has_more: bool = True
    # Whether it is being read just now.
    is_read: bool = False
    ready: deque[Due] = field(default_factory=deque[Due])
    read_at: float = 0.0
    active_at: float = 0.0
    sending: int = 0
    speed: Speed = field(default_factory=Speed)
    # Whether something was sent since the lane is ours.
    is_served: bool = False
    # Nothing that is due before this is left to be read.
    since: datetime | None = None
    # Whether something was put back that the read which is under way leaves out.
    is_put_back: bool = False
    # What must not be read again: read, under way, or not written down yet.
    busy: set[UUID] = field(default_factory=set[UUID])
    # Whether the latest news of it is that it fails; rows that were read before don't tell.
    fails: bool = False
    secrets: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])

    @property
    def room(self) -> int:
        """How many more to read: enough to stay ahead of a fast endpoint, few for a slow one."""
        if not self.has_more:
            return 0
        room = AHEAD * self.width - self.sending - len(self.ready)
        return room if room >= self.width else 0

    @property
    def pace(self) -> Pace:
        return self.speed.pace

    @property
    def is_idle(self) -> bool:
        return not (self.busy or self.has_more or self.is_read)

    @property
    def has_had_its_turn(self) -> bool:
        """Whether it is slow, was sent to, and only waits now: others may have their turns."""
        waits = not self.is_read and len(self.busy) == len(self.ready)
        return waits and self.is_served and self.pace is Pace.SLOW

    def due_since(self, now: datetime) -> datetime:
        """Nothing that is due before this is to be read.

        Without it each read would begin with all that was sent since the last VACUUM.
        """
        return FOREVER if self.since is None else min(self.since, now - LATE)

    def ask(self) -> int:
        """How many are now read; what comes to be due from here on is told by `has_more`."""
        room, self.has_more, self.is_read, self.is_put_back = self.room, False, True, False
        return room

    def unread(self) -> None:
        """It was asked and nothing was read, not even that there is nothing: it is read again."""
        self.has_more, self.is_read = True, False

    def put(self, rows: Sequence[Due], asked: int, now: float) -> None:
        """What was read; as many as were asked for means that there may be more."""
        self.has_more |= len(rows) >= asked
        if rows:
            if not self.is_put_back:
                self.since = rows[0].next_attempt_at
            self.speed.has_failed = rows[0].failing_since is not None
        self.is_read = False
        self.read_at = self.active_at = now
        self.ready.extend(rows)
        self.busy.update(row.id for row in rows)

    def next(self, now: float) -> Due | None:
        """The next one to send, None where there is none or too much is under way."""
        if self.ready and now - self.read_at > FRESH_SECONDS:
            self.put_back()
        if not self.ready or self.sending >= self.width or now >= self.until:
            return None
        self.sending += 1
        return self.ready.popleft()

    def put_back(self) -> None:
        """Forget what was read and not sent: it is read again, here or by another worker."""
        self.busy.difference_update(row.id for row in self.ready)
        self.ready.clear()
        self.has_more, self.since, self.is_put_back = True, None, True

    def sent(self, *, succeeded: bool, seconds: float) -> None:
        self.sending -= 1
        self.is_served = True
        self.speed.learn(seconds)
        self.width = min(self.width + 1, WIDEST) if succeeded else max(self.width // 2, 1)

    def secrets_of(self, row: Due, now: datetime, keys: EncryptionKeys) -> list[bytes]:
        """The secrets to sign with, the current one first; raises Undecipherable."""
        sealed = [row.secret]
        if row.previous_secret_ends_at is not None and row.previous_secret_ends_at > now:
            assert row.previous_secret is not None, "an overlap has a secret"
            sealed.append(row.previous_secret)
        # Of earlier ones nothing is kept.
        self.secrets = {
            one: self.secrets.get(one) or keys.decrypt(one, row.webhook_id.bytes) for one in sealed
        }
        return list(self.secrets.values())
