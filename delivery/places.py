"""How many deliveries a worker may have under way, and whose they are."""

import time
from collections import deque
from dataclasses import dataclass
from typing import Final

from delivery.lane import Lane
from delivery.pace import NEW_SECONDS, SLOW_SECONDS, Pace
from delivery.shares import Shares

# More at once to endpoints that answer at once only make each other wait: measured, 320 instead of
# 32 cost two thirds more for each.
QUICK: Final = 48


@dataclass(eq=False, slots=True)
class Place:
    """A delivery's that is under way; given back as what it is, for its lane's pace may change."""

    lane: Lane
    pace: Pace
    late_at: float
    is_taken: bool = True


class Places:
    """Each delivery under way has one, and one of the few quick ones where its endpoint is quick.

    Who doesn't answer in time is slow from then on, not only when the attempt has ended: so new
    ones that hang don't keep others from a place for longer.
    """

    def __init__(self, most: int) -> None:
        self._shares, self._quick = Shares(most), min(QUICK, most)
        # In the order in which they are late.
        self._new: deque[Place] = deque()
        self._known: deque[Place] = deque()

    @property
    def free(self) -> int:
        return self._shares.free

    def load(self, lane: Lane) -> int:
        """How many its organization has."""
        return self._shares.load(lane.key.organization_id)

    def may_be_taken(self, lane: Lane) -> bool:
        return (self._quick > 0 or lane.pace is not Pace.QUICK) and self.has_share(lane)

    def has_share(self, lane: Lane) -> bool:
        return self._shares.has_room(lane.key.organization_id, lane.pace)

    def take(self, lane: Lane) -> Place:
        pace, now = lane.pace, time.monotonic()
        is_new = pace is Pace.UNKNOWN
        place = Place(lane, pace, now + (NEW_SECONDS if is_new else SLOW_SECONDS))
        self._count(place)
        (self._new if is_new else self._known).append(place)
        return place

    def give_back(self, place: Place) -> None:
        place.is_taken = False
        self._uncount(place)

    def late(self, now: float) -> list[Lane]:
        """The lanes that are slow from now on, since something is under way in them for so long."""
        lanes: list[Lane] = []
        for places in (self._new, self._known):
            while places and places[0].late_at <= now:
                place = places.popleft()
                if place.is_taken:
                    self._is_late(place)
                    lanes.append(place.lane)
        return lanes

    def _is_late(self, place: Place) -> None:
        self._uncount(place)
        place.pace = Pace.SLOW
        self._count(place)
        place.lane.speed.is_late()

    def _count(self, place: Place) -> None:
        self._shares.take(place.lane.key.organization_id, place.pace)
        self._quick -= place.pace is Pace.QUICK

    def _uncount(self, place: Place) -> None:
        self._shares.give_back(place.lane.key.organization_id, place.pace)
        self._quick += place.pace is Pace.QUICK
