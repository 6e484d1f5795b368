"""How many deliveries a worker may have under way, and whose they are."""

from collections import Counter
from typing import Final
from uuid import UUID

from delivery.lane import Lane

# More at once to endpoints that answer at once only make each other wait: measured, 320 instead of
# 32 cost two thirds more for each.
QUICK: Final = 48


class Places:
    """Each delivery under way has one, and one of the few quick ones where its endpoint is quick.

    No organization has more than half of them, however many endpoints it has.
    """

    def __init__(self, most: int) -> None:
        self.free = most
        self._quick = min(QUICK, most)
        self._share = max(most // 2, 1)
        self._taken: Counter[UUID] = Counter()

    def may_be_taken(self, lane: Lane) -> bool:
        free = min(self._quick, self.free) if lane.is_quick else self.free
        return free > 0 and self.has_share(lane)

    def has_share(self, lane: Lane) -> bool:
        return self._taken[lane.key.organization_id] < self._share

    def take(self, lane: Lane) -> None:
        self.free -= 1
        self._quick -= lane.is_quick
        self._taken[lane.key.organization_id] += 1

    def give_back(self, lane: Lane, *, was_quick: bool) -> None:
        owner = lane.key.organization_id
        self.free += 1
        self._quick += was_quick
        self._taken[owner] -= 1
        if not self._taken[owner]:
            del self._taken[owner]
