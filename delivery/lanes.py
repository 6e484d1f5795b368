"""The lanes that a worker holds, and whose turn it is."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from db.database import Database
from db.delivery_rows import Due, LaneKey
from db.errors import Unavailable
from db.statement import Connection
from db.stopping import must_go_on
from delivery.answer import Sent
from delivery.lane import Lane
from delivery.leases import Leases
from delivery.places import Places

# A lane in which nothing happens is let go of, so that any worker may take it next.
IDLE_SECONDS: Final = 5.0
# Lanes that are held for each delivery that may be under way.
LANES_A_PLACE: Final = 4
log = structlog.get_logger()


class Lanes:
    """Those that are held, and among them those whose turn it is to be read or sent from.

    A lane has a turn when something may be due in it, and once more each time that it could do
    with more; then it goes to the end. So a turn costs the same however many lanes are held.
    """

    def __init__(self, database: Database, holder: UUID, most: int) -> None:
        self._leases, self._places, self._most = Leases(database, holder), Places(most), most
        self._held: dict[LaneKey, Lane] = {}
        self._turns: OrderedDict[LaneKey, Lane] = OrderedDict()
        self._wanted: dict[LaneKey, None] = {}
        self._ends = False

    async def look(self, connection: Connection, after: LaneKey, now: datetime) -> LaneKey:
        """Look for lanes that nobody told of; where the next look is to begin."""
        found = await self._leases.find(connection, after, now)
        for key in found.lanes:
            self.want(key)
        return found.then

    def busy(self, keys: Iterable[LaneKey]) -> set[UUID]:
        """What must not be read again of the lanes."""
        return set[UUID]().union(*(self._held[key].busy for key in keys if key in self._held))

    def want(self, key: LaneKey) -> None:
        """Something is due in the lane."""
        lane = self._held.get(key)
        if lane is None:
            self._wanted[key] = None
        else:
            lane.has_more = True
            self._turns[key] = lane

    async def take(self) -> None:
        """Lease the lanes that are wanted, as many as can be served."""
        if not self._wanted:
            return
        async with self._leases.changing:
            places = LANES_A_PLACE * self._most - len(self._held)
            wanted = [key for key in self._wanted if key not in self._held][: max(places, 0)]
            self._wanted.clear()
            for key, until in (await self._leases.take(wanted)).items():
                lane = Lane(key, until, active_at=time.monotonic())
                self._held[key] = self._turns[key] = lane

    async def keep(self, every: float) -> None:
        """Go on leasing the lanes that are in use, and let go of the others."""
        while True:
            must_go_on()
            await asyncio.sleep(every)
            try:
                await self._renew()
                await self._let_idle_go()
            except Unavailable as away:
                log.warning("Lanes can't be leased for now.", reason=str(away))
            self._drop_lost()

    async def end(self) -> None:
        """Begin nothing more, and let go of all in which nothing is under way.

        The rest is leased once more; what is under way may take as long as that lease.
        """
        self._ends = True
        for lane in self._held.values():
            lane.put_back()
        await self._give_back(lambda lane: not lane.busy)
        await self._renew()

    async def let_go(self) -> None:
        """Let go of all that is held, so that another worker needn't wait."""
        await self._give_back(lambda _: True)

    def rooms(self) -> dict[LaneKey, int]:
        """How many deliveries to read of which lanes, in their turns."""
        free, now = self._places.free, time.monotonic()
        rooms: dict[LaneKey, int] = {}
        for key, lane in self._turns.items():
            if free <= 0:
                break
            if lane.until > now and lane.room and self._places.has_share(lane):
                rooms[key] = lane.ask()
                free -= min(rooms[key], lane.width)
        return rooms

    def put(self, rooms: dict[LaneKey, int], rows: Sequence[Due]) -> list[LaneKey]:
        """Hand what was read to its lanes; the lanes of which nothing was read."""
        read: dict[LaneKey, list[Due]] = {key: [] for key in rooms}
        for row in rows:
            read[LaneKey(row.organization_id, row.webhook_id)].append(row)
        now = time.monotonic()
        for key, some in read.items():
            if (lane := self._held.get(key)) is not None:
                lane.put(some, rooms[key], now)
        return [key for key, some in read.items() if not some]

    def turns(self) -> Iterator[tuple[Lane, Due]]:
        """What is to be sent now: one of each lane in turn, as long as there are places."""
        lanes = list(self._turns.values())
        while lanes:
            again: list[Lane] = []
            for lane in lanes:
                if not self._places.may_be_taken(lane):
                    continue
                row = self._started(lane)
                if row is not None:
                    again.append(lane)
                    yield lane, row
                elif not (lane.room and lane.until > time.monotonic()):
                    # One that is still to be read keeps its turn.
                    self._turns.pop(lane.key, None)
            lanes = again

    def following(self, lane: Lane, sent: Sent, *, was_quick: bool) -> Due | None:
        """A delivery isn't under way any more: the lane's next one, where it needn't wait its turn.

        None gives the place back.
        """
        lane.sent(succeeded=sent.succeeded, seconds=sent.duration_ms / 1_000)
        self._places.give_back(lane, was_quick=was_quick)
        row = None
        if not self._ends:
            # Others are waiting for a place where turns are left over.
            if not self._turns and self._places.may_be_taken(lane):
                row = self._started(lane)
            if lane.room or (lane.ready and lane.sending < lane.width):
                self._turns[lane.key] = lane
        return row

    @property
    def has_turns(self) -> bool:
        return bool(self._turns)

    def _started(self, lane: Lane) -> Due | None:
        row = lane.next(time.monotonic())
        if row is not None:
            self._places.take(lane)
        return row

    async def _renew(self) -> None:
        async with self._leases.changing:
            for key, until in (await self._leases.take(list(self._held))).items():
                self._held[key].until = until

    async def _let_idle_go(self) -> None:
        long_ago = time.monotonic() - IDLE_SECONDS
        crowded = len(self._held) >= LANES_A_PLACE * self._most
        await self._give_back(lambda lane: lane.is_idle and (crowded or lane.active_at < long_ago))

    def _drop_lost(self) -> None:
        """Another worker may have what wasn't leased in time.

        A lane in which something is under way is kept in mind, and leased again where it can be:
        forgotten, it would be read anew, and what is under way in it sent a second time.
        """
        now = time.monotonic()
        for lane in [lane for lane in self._held.values() if lane.until <= now]:
            lane.put_back()
            if not lane.busy:
                self._forget([lane.key])

    def _forget(self, keys: Iterable[LaneKey]) -> None:
        for key in keys:
            del self._held[key]
            self._turns.pop(key, None)

    async def _give_back(self, is_over: Callable[[Lane], bool]) -> None:
        async with self._leases.changing:
            keys = [key for key, lane in self._held.items() if is_over(lane)]
            self._forget(keys)
            await self._leases.give_back(keys)
