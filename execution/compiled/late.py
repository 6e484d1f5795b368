"""Long lists of objects, of which the JSON writer gets the rows one list at a time."""

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, cast

from execution.compiled.columns import Column
from execution.compiled.packed import part_of
from execution.compiled.rows import Rows

if TYPE_CHECKING:
    from execution.compiled.fields import Fields

# From so many objects on, dicts for all of them at once would be most of a request's memory.
LATE_FROM = 1_000


class LateRows:
    """Part of some columns that are complete; nothing but `show_late` makes rows of them."""

    __slots__ = ("_columns", "_fields", "_place")

    def __init__(self, fields: "Fields", columns: list[Column], place: slice) -> None:
        self._fields, self._columns, self._place = fields, columns, place

    def rows(self) -> Rows:
        return self._fields.rows([part_of(column, self._place) for column in self._columns], [])


class Unmade(Column):
    """Stands for the rows of some columns until it is known which list each belongs to."""

    def __init__(self, fields: "Fields", columns: list[Column]) -> None:
        super().__init__()
        self._fields, self._columns = fields, columns

    def cut(self, lengths: Sequence[int]) -> Column:
        bounds = pairwise(accumulate(lengths, initial=0))
        return [LateRows(self._fields, self._columns, slice(*pair)) for pair in bounds]


def show_late(value: Any) -> Rows:
    """For orjson's `default`."""
    if isinstance(value, LateRows):
        return value.rows()
    raise TypeError(f"{type(value)} is no part of a GraphQL response")


def made(value: Any) -> Any:
    """The same with all its rows, for when nulls have to be put among them."""
    if isinstance(value, LateRows):
        value = value.rows()
    if isinstance(value, list):
        return list(map(made, cast("Column", value)))
    if isinstance(value, dict):
        return {key: made(inner) for key, inner in cast("dict[str, Any]", value).items()}
    return value
