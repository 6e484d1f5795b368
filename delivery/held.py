"""The lanes that a worker has leased, no more of anyone's than is fair."""

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from db.delivery_rows import LaneKey
from delivery.lane import Lane
from delivery.leases import Leases
from delivery.pace import Pace, Speed
from delivery.shares import Shares

# Of so many lanes that were let go of it is known how fast they are.
REMEMBERED: Final = 20_000
# Of each organization so many new ones are held in any case: beside those that wait for a place it
# would otherwise wait for a lane, and then for a place.
FIRST: Final = 1
# Those that can't be had for now are asked for this often, and so many of them are kept in mind.
AGAIN_SECONDS: Final = 0.1
MOST_REFUSED: Final = 1_000


class Held:
    """Lanes by their keys.

    They are shared like places, or else endpoints that hang would fill them, and the lanes of a
    newcomer would not even be read. `forgotten` is told of each that isn't held any more.
    """

    def __init__(self, leases: Leases, most: int, forgotten: Callable[[LaneKey], object]) -> None:
        self._leases, self._shares, self._forgotten = leases, Shares(most, FIRST), forgotten
        self._lanes: dict[LaneKey, Lane] = {}
        # By which pace each is counted.
        self._paces: dict[LaneKey, Pace] = {}
        self._past: OrderedDict[LaneKey, Speed] = OrderedDict()
        # Some that were wanted and couldn't be had, and when they are asked for again.
        self._refused: list[LaneKey] = []
        self._again_at = 0.0
        self.is_crowded = False

    def get(self, key: LaneKey) -> Lane | None:
        return self._lanes.get(key)

    def some(self, keys: Iterable[LaneKey]) -> Iterator[Lane]:
        """Those of the lanes that are held."""
        return (self._lanes[key] for key in keys if key in self._lanes)

    def all(self) -> Collection[Lane]:
        return self._lanes.values()

    @property
    def again_at(self) -> float:
        """When `take` should be called although nothing new is wanted."""
        return self._again_at if self._refused else float("inf")

    async def take(self, wanted: dict[LaneKey, None]) -> list[Lane]:
        """Lease what is wanted, as far as it is fair; that empties what is wanted."""
        async with self._leases.changing:
            before: Sequence[LaneKey] = ()
            if self.again_at <= time.monotonic():
                before, self._refused = self._refused, []
            reserved = self._reserve(dict.fromkeys([*before, *wanted]))
            wanted.clear()
            leased: Mapping[LaneKey, float] = {}
            try:
                leased = await self._leases.take(reserved)
            finally:
                added = [self._add(key, leased[key]) for key in reserved if key in leased]
                for key in reserved:
                    if key not in leased:
                        self._uncount(key)
            return added

    async def renew(self) -> None:
        async with self._leases.changing:
            for key, until in (await self._leases.take(list(self._lanes))).items():
                self._lanes[key].until = until

    async def give_back(self, is_over: Callable[[Lane], bool]) -> None:
        async with self._leases.changing:
            keys = [lane.key for lane in self._lanes.values() if is_over(lane)]
            for key in keys:
                self._forget(key)
            await self._leases.give_back(keys)

    def drop_lost(self) -> None:
        """Another worker may have what wasn't leased in time.

        A lane in which something is under way is kept in mind, and leased again where it can be:
        forgotten, it would be read anew, and what is under way in it sent a second time.
        """
        now = time.monotonic()
        for lane in [lane for lane in self._lanes.values() if lane.until <= now]:
            lane.put_back()
            if not lane.busy:
                self._forget(lane.key)

    def recount(self, lane: Lane) -> None:
        """Its pace may be another one now."""
        if self._paces[lane.key] is not lane.pace:
            self._uncount(lane.key)
            self._count(lane.key, lane.pace)

    def _reserve(self, wanted: Iterable[LaneKey]) -> list[LaneKey]:
        """Those that may be leased, each of them counted already."""
        reserved: list[LaneKey] = []
        refused: list[LaneKey] = []
        for key in sorted((key for key in wanted if key not in self._lanes), key=self._rank):
            pace = self._past[key].pace if key in self._past else Pace.UNKNOWN
            if self._shares.has_room(key.organization_id, pace):
                self._count(key, pace)
                reserved.append(key)
            else:
                refused.append(key)
        self._refuse(refused)
        return reserved

    def _rank(self, key: LaneKey) -> tuple[int, int]:
        """Whose owner has least comes first; of one's own what is new, the one made last of all."""
        is_known = key in self._past
        return self._shares.load(key.organization_id), 0 if is_known else -key.webhook_id.int

    def _refuse(self, refused: list[LaneKey]) -> None:
        if refused:
            self.is_crowded = True
            if not self._refused:
                self._again_at = time.monotonic() + AGAIN_SECONDS
            # The others are found anew.
            self._refused = [*self._refused, *refused][:MOST_REFUSED]

    def _add(self, key: LaneKey, until: float) -> Lane:
        speed = self._past.pop(key, None) or Speed()
        self._lanes[key] = lane = Lane(key, until, active_at=time.monotonic(), speed=speed)
        return lane

    def _forget(self, key: LaneKey) -> None:
        self._uncount(key)
        lane = self._lanes.pop(key)
        if lane.pace is not Pace.UNKNOWN:
            self._past[key] = lane.speed
            while len(self._past) > REMEMBERED:
                self._past.popitem(last=False)
        self._forgotten(key)

    def _count(self, key: LaneKey, pace: Pace) -> None:
        self._paces[key] = pace
        self._shares.take(key.organization_id, pace)

    def _uncount(self, key: LaneKey) -> None:
        self._shares.give_back(key.organization_id, self._paces.pop(key))
