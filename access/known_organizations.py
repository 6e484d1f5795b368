"""The organizations of callers, as their rows were read a moment ago."""

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    # Its module takes SQLModel with it, which knowing a caller does without.
    from db.organization import Organization


class Read(NamedTuple):
    row: "Organization"
    moment: float


class KnownOrganizations:
    """Rows by their own ids; bounded, and never given beyond their time.

    Moments are those of the monotonic clock, and not a request's one reading of the time: an
    operation may go on for longer than a row is kept.
    """

    def __init__(self, size: int, kept_seconds: float) -> None:
        self._size, self._kept_seconds = size, kept_seconds
        self._reads: OrderedDict[UUID, Read] = OrderedDict()

    def get(self, id: UUID, moment: float) -> "Organization | None":
        known = self._reads.get(id)
        return known.row if known and moment < known.moment + self._kept_seconds else None

    def put(self, row: "Organization", moment: float) -> None:
        """Keep a row that was asked for at that moment, unless a later one is known."""
        known = self._reads.get(row.id)
        if known and known.moment > moment:
            return
        self._reads[row.id] = Read(row, moment)
        # What was read first is over first, so it makes room.
        self._reads.move_to_end(row.id)
        if len(self._reads) > self._size:
            self._reads.popitem(last=False)

    def drop(self, id: UUID) -> None:
        self._reads.pop(id, None)

    def clear(self) -> None:
        self._reads.clear()
