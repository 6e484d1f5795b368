"""Whose turn it is: lanes in a row, and beside it those that have no share for now."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from db.delivery_rows import Due, LaneKey
from delivery.lane import Lane
from delivery.pace import Pace
from delivery.places import Place

# Those without a share are asked this often, not each time that a place is free: there may be
# thousands.
STALLED_SECONDS: Final = 0.1


class Turn(NamedTuple):
    """A delivery to be sent now, in the place that it has."""

    lane: Lane
    due: Due
    place: Place


class Turns:
    """A lane that gets a turn goes to the end of the row, if it isn't there already."""

    def __init__(self) -> None:
        self._row: OrderedDict[LaneKey, Lane] = OrderedDict()
        self._stalled: dict[LaneKey, Lane] = {}
        self._again_at = 0.0

    def __bool__(self) -> bool:
        return bool(self._row)

    @property
    def again_at(self) -> float:
        """When those that are stalled have turns again."""
        return self._again_at if self._stalled else float("inf")

    def all(self) -> Iterable[Lane]:
        return list(self._row.values())

    def add(self, lane: Lane) -> None:
        self._row[lane.key] = lane

    def end(self, lane: Lane) -> None:
        self._row.pop(lane.key, None)

    def stall(self, lane: Lane) -> None:
        """It has no share: it gets another turn in a moment."""
        if not self._stalled:
            self._again_at = time.monotonic() + STALLED_SECONDS
        self._row.pop(lane.key, None)
        self._stalled[lane.key] = lane

    def forget(self, key: LaneKey) -> None:
        self._row.pop(key, None)
        self._stalled.pop(key, None)

    def go_on(self, load: Callable[[Lane], int]) -> None:
        """Give turns to those that were stalled: whose owner has least comes first.

        Among one's own those come first that nothing is known of, and of them the one that was made
        last: who tries a new one needn't wait for all others that hang.
        """

        def rank(lane: Lane) -> tuple[int, int]:
            return load(lane), -lane.key.webhook_id.int if lane.pace is Pace.UNKNOWN else 0

        if self.again_at <= time.monotonic():
            for lane in sorted(self._stalled.values(), key=rank):
                self._row.setdefault(lane.key, lane)
            self._stalled.clear()
