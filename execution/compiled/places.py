"""Where each value of a column stands in the response, worked out only when somebody asks."""

from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from graphql.pyutils import Path

if TYPE_CHECKING:
    from execution.compiled.field import Field

Key: TypeAlias = str | int
Paths: TypeAlias = list[Path | None]


class Step(NamedTuple):
    """One key of a response path, and what a failure of its value would do."""

    key: Key
    rank: tuple[bool, int]
    required: bool


class Place:
    """The position of a column; the values in it are told apart by their index."""

    field: "Field"
    above: "Place | None" = None
    typename: str | None = None
    # Whether its rows are left to the JSON writer, being so many.
    is_long = False
    _paths: Paths | None = None

    def paths(self) -> Paths:
        """The path of every value in the column."""
        if self._paths is None:
            self._paths = self._below(self.above.paths() if self.above else [None])
        return self._paths

    def path(self, index: int) -> Path | None:
        """The path of one value."""
        above_index, step = self.climb(index)
        path = self.above.path(above_index) if self.above else None
        return Path(path, step.key, self.typename) if step else path

    def trace(self, index: int) -> list[Step]:
        """The way from the root to one value."""
        steps: list[Step] = []
        place: Place | None = self
        while place is not None:
            index, step = place.climb(index)
            if step:
                steps.append(step)
            place = place.above
        return steps[::-1]

    def climb(self, index: int) -> tuple[int, Step | None]:
        """The index, one place up, of what holds this value, and the step between."""
        return index, None

    def _below(self, above: Paths) -> Paths:
        return above


class FieldPlace(Place):
    """A field of every object in a column; `late` where its values had to be awaited."""

    def __init__(self, above: Place, field: "Field", order: int) -> None:
        self.above, self.field, self.order = above, field, order
        self.typename = field.parent.name
        self.late = False

    def climb(self, index: int) -> tuple[int, Step | None]:
        return index, Step(self.field.key, (self.late, self.order), self.field.shape.required)

    def _below(self, above: Paths) -> Paths:
        key, typename = self.field.key, self.typename
        return [Path(path, key, typename) for path in above]


class ItemPlace(Place):
    """The items of every list in a column."""

    def __init__(self, above: Place, lengths: list[int], *, required: bool) -> None:
        self.above, self.lengths, self.required = above, lengths, required
        self.field = above.field

    @cached_property
    def starts(self) -> list[int]:
        return list(accumulate(self.lengths, initial=0))

    def climb(self, index: int) -> tuple[int, Step | None]:
        above = bisect_right(self.starts, index) - 1
        item = index - self.starts[above]
        return above, Step(item, (False, item), self.required)

    def _below(self, above: Paths) -> Paths:
        lists = zip(above, self.lengths, strict=True)
        return [Path(path, index, None) for path, length in lists for index in range(length)]


class PartPlace(Place):
    """Some of the values in a column."""

    def __init__(self, above: Place, positions: list[int]) -> None:
        self.above, self.positions = above, positions
        self.field = above.field

    def climb(self, index: int) -> tuple[int, Step | None]:
        return self.positions[index], None

    def _below(self, above: Paths) -> Paths:
        return [above[position] for position in self.positions]
