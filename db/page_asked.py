"""Which page of a list is asked for, in which order, and what is found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import ColumnElement

from db import cursor
from db.base import OwnedRow
from db.errors import Fault, InvalidInput

R = TypeVar("R", bound=OwnedRow)
DEFAULT = 20
MOST = 100


class Ask(NamedTuple):
    """Which page of a list is wanted, in the words of the API."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def size(self) -> int:
        """How many rows at most; InvalidInput where `first` and `last` don't say."""
        first, _, last, _ = self
        size = first if last is None else last
        if (last is None or first is None) and (size is None or 0 <= size <= MOST):
            return DEFAULT if size is None else size
        raise InvalidInput(self.faults())

    def faults(self) -> list[Fault]:
        """What is wrong with the size."""
        if self.first is not None and self.last is not None:
            return [Fault(name, "give first or last, not both") for name in ("first", "last")]
        name, size = ("first", self.first) if self.last is None else ("last", self.last)
        if size is None or 0 <= size <= MOST:
            return []
        return [Fault(name, f"must be from 0 to {MOST}")]


@dataclass(frozen=True, slots=True, eq=False)
class Order(Generic[R]):
    """What a list is sorted by before the id; None sorts by the id, which is by time.

    There are few, and each is the same only as itself: it is a part of keys.
    """

    name: str
    column: ColumnElement[str] | None = None
    # What a cursor keeps of a row, and how that is made into something the column compares with.
    value: Callable[[R], str | None] = lambda _: None
    bound: Callable[[ColumnElement[str]], ColumnElement[str]] = lambda value: value


BY_TIME: Order[Any] = Order("created_at")


class Sorting(NamedTuple, Generic[R]):
    """A tuple, since it is a part of keys that are looked up for each page."""

    order: Order[R] = BY_TIME
    descending: bool = True


@dataclass(eq=False)
class Page(Generic[R]):
    """Some rows of a list, and whether there are more on either side; None where nobody looked.

    `parts` are what its cursors are good for: hashed only where one is asked for. One is made for
    each request, and a frozen one would take three times as long.
    """

    nodes: Sequence[R]
    has_previous: bool | None
    has_next: bool | None
    parts: tuple[Any, ...]
    sorting: Sorting[R]

    @cached_property
    def mark(self) -> str:
        return cursor.fingerprint(*self.parts)

    def cursor(self, row: R) -> str:
        return cursor.encode(self.mark, self.sorting.order.value(row), row.id)
