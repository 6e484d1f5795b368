"""How much of what a worker may have at once is whose."""

from collections import Counter
from typing import Final
from uuid import UUID

from delivery.pace import Pace

# One in so many is kept for endpoints that are known to answer in time.
KEPT: Final = 10
# Of what is free beside that, one in so many is for endpoints that nothing is known of.
NEW: Final = 8
# So many these are at least, where there are as many.
FEW: Final = 2


class Share:
    """So many, of which each organization may have as many as it leaves free.

    One alone comes to half of them, two to a third each.
    """

    def __init__(self, most: int) -> None:
        self.free = most
        self.taken: Counter[UUID] = Counter()

    def has_room(self, owner: UUID) -> bool:
        return self.taken[owner] < self.free

    def take(self, owner: UUID) -> None:
        self.free -= 1
        self.taken[owner] += 1

    def give_back(self, owner: UUID) -> None:
        self.free += 1
        self.taken[owner] -= 1
        if not self.taken[owner]:
            del self.taken[owner]


class Shares:
    """The same, where what is slow has half at most, and what is new a part of what is free.

    However many new ones turn out to hang, the part grows smaller with them and some stay free;
    one that hangs is slow then, and there are few new ones at a time to wait for. The `first` new
    ones of an organization don't count toward that part.
    """

    def __init__(self, most: int, first: int = 0) -> None:
        self._first = first
        self._all, self._slow = Share(most), Share(max(most // 2, 1))
        # Of these it only counts how many are taken, for how many there are changes.
        self._new = Share(0)
        self._kept = most // KEPT

    @property
    def free(self) -> int:
        return self._all.free

    def load(self, owner: UUID) -> int:
        """How much an organization has."""
        return self._all.taken[owner]

    def has_room(self, owner: UUID, pace: Pace) -> bool:
        if pace is Pace.UNKNOWN and not self._has_room_for_new(owner):
            return False
        if pace is Pace.SLOW and not self._slow.has_room(owner):
            return False
        return self._all.has_room(owner)

    def take(self, owner: UUID, pace: Pace) -> None:
        self._all.take(owner)
        if pace is Pace.SLOW:
            self._slow.take(owner)
        elif pace is Pace.UNKNOWN:
            self._new.take(owner)

    def give_back(self, owner: UUID, pace: Pace) -> None:
        self._all.give_back(owner)
        if pace is Pace.SLOW:
            self._slow.give_back(owner)
        elif pace is Pace.UNKNOWN:
            self._new.give_back(owner)

    def _has_room_for_new(self, owner: UUID) -> bool:
        """An organization has half of the part at most, and a part of what it could still take.

        So its own new ones don't find everything taken by those that hang, either.
        """
        left, own = self._all.free - self._kept, self._new.taken[owner]
        part = max(left // NEW, FEW) + self._new.free
        most = min(part, (left - self._all.taken[owner]) // (2 * NEW))
        is_in_part = part > 0 and own < max(most, FEW // 2)
        return left > 0 and (is_in_part or own < self._first)
