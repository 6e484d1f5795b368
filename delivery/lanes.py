"""The lanes that a worker holds, and whose turn it is."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
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
from delivery.held import Held
from delivery.lane import Lane
from delivery.leases import Leases
from delivery.places import Places
from delivery.turns import Turn, Turns

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
        self._leases, self._places = Leases(database, holder), Places(most)
        self._turns = Turns()
        self._held = Held(self._leases, LANES_A_PLACE * most, self._turns.forget)
        self._wanted: dict[LaneKey, None] = {}
        self._ends = False

    async def look(self, connection: Connection, after: LaneKey, now: datetime) -> LaneKey:
        """Look for lanes that nobody told of; where the next look is to begin."""
        found = await self._leases.find(connection, after, now)
        for key in found.lanes:
            if (lane := self._held.get(key)) is None:
                self._wanted[key] = None
            else:
                # What was committed long after its time is read too.
                lane.since = None
                self.want(key)
        return found.then

    def busy(self, keys: Iterable[LaneKey]) -> set[UUID]:
        """What must not be read again of the lanes."""
        return set[UUID]().union(*(lane.busy for lane in self._held.some(keys)))

    def since(self, keys: Iterable[LaneKey], now: datetime) -> dict[LaneKey, datetime]:
        """From when on to read each of the lanes."""
        return {lane.key: lane.due_since(now) for lane in self._held.some(keys)}

    def want(self, key: LaneKey) -> None:
        """Something is due in the lane."""
        if (lane := self._held.get(key)) is not None:
            lane.has_more = True
            self._turns.add(lane)
        elif not self._leases.is_elsewhere(key):
            self._wanted[key] = None

    async def take(self) -> None:
        """Lease the lanes that are wanted, as many as can be served."""
        if self._wanted or self._held.again_at <= time.monotonic():
            for lane in await self._held.take(self._wanted):
                self._turns.add(lane)

    async def keep(self, every: float) -> None:
        """Go on leasing the lanes that are in use, and let go of the others."""
        while True:
            must_go_on()
            await asyncio.sleep(every)
            try:
                await self._held.renew()
                await self._let_idle_go()
            except Unavailable as away:
                log.warning("Lanes can't be leased for now.", reason=str(away))
            self._held.drop_lost()

    async def end(self) -> None:
        """Begin nothing more, and let go of all in which nothing is under way.

        The rest is leased once more; what is under way may take as long as that lease.
        """
        self._ends = True
        for lane in self._held.all():
            lane.put_back()
        await self._held.give_back(lambda lane: not lane.busy)
        await self._held.renew()

    async def let_go(self) -> None:
        """Let go of all that is held, so that another worker needn't wait."""
        await self._held.give_back(lambda _: True)

    def rooms(self) -> dict[LaneKey, int]:
        """How many deliveries to read of which lanes, in their turns."""
        free, now = self._places.free, time.monotonic()
        for lane in self._places.late(now):
            self._held.recount(lane)
        self._turns.go_on(self._places.load)
        rooms: dict[LaneKey, int] = {}
        for lane in self._turns.all():
            if free <= 0:
                break
            if not self._places.has_share(lane):
                self._turns.stall(lane)
            elif lane.until > now and lane.room:
                rooms[lane.key] = lane.ask()
                free -= min(rooms[lane.key], lane.width)
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
                self._held.recount(lane)
        return [key for key, some in read.items() if not some]

    def unread(self, rooms: Iterable[LaneKey]) -> None:
        """The read failed; the lanes still have their turns, and may be let go of."""
        for lane in self._held.some(rooms):
            lane.unread()

    def turns(self) -> Iterator[Turn]:
        """What is to be sent now: one of each lane in turn, as long as there are places."""
        lanes = self._turns.all()
        while lanes:
            again: list[Lane] = []
            for lane in lanes:
                if not self._places.may_be_taken(lane):
                    # What comes meanwhile is then before it, if it has a share.
                    if not self._places.has_share(lane):
                        self._turns.stall(lane)
                    continue
                if (turn := self._begun(lane)) is not None:
                    again.append(lane)
                    yield turn
                elif not (lane.room and lane.until > time.monotonic()):
                    # One that is still to be read keeps its turn.
                    self._turns.end(lane)
            lanes = again

    def following(self, turn: Turn, sent: Sent) -> Turn | None:
        """A delivery isn't under way any more: the lane's next one, where it needn't wait its turn.

        None gives the place back.
        """
        lane = turn.lane
        lane.sent(succeeded=sent.succeeded, seconds=sent.duration_ms / 1_000)
        self._held.recount(lane)
        self._places.give_back(turn.place)
        following = None
        if not self._ends:
            # Others are waiting for a place where turns are left over.
            if not self._turns and self._places.may_be_taken(lane):
                following = self._begun(lane)
            if lane.room or (lane.ready and lane.sending < lane.width):
                self._turns.add(lane)
        return following

    @property
    def has_turns(self) -> bool:
        return bool(self._turns)

    @property
    def again_at(self) -> float:
        """When there is something to do though nothing happens."""
        return min(self._turns.again_at, self._held.again_at)

    def _begun(self, lane: Lane) -> Turn | None:
        due = lane.next(time.monotonic())
        return None if due is None else Turn(lane, due, self._places.take(lane))

    async def _let_idle_go(self) -> None:
        """Where others are wanted that can't be held, the slow ones take turns too."""
        long_ago = time.monotonic() - IDLE_SECONDS
        crowded, self._held.is_crowded = self._held.is_crowded, False

        def may_go(lane: Lane) -> bool:
            if lane.is_idle:
                return crowded or lane.active_at < long_ago
            return crowded and lane.has_had_its_turn

        await self._held.give_back(may_go)
