"""Pages of a list, found by key: a cursor holds the sort value and the id, never an offset."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam, func

from db import cursor, tally
from db.base import OwnedRow
from db.errors import Fault, InvalidInput
from db.page_scattered import ROWS, ordered, picked
from db.statement import Connection, Statement, statement, table_of

R = TypeVar("R", bound=OwnedRow)
DEFAULT = 20
MOST = 100


@dataclass(frozen=True, slots=True)
class Ask:
    """Which page of a list is wanted, in the words of the API."""

    first: int | None = None
    after: str | None = None
    last: int | None = None
    before: str | None = None

    @property
    def backward(self) -> bool:
        return self.last is not None

    @property
    def size(self) -> int:
        """How many rows at most; InvalidInput where `first` and `last` don't say."""
        if self.first is not None and self.last is not None:
            raise InvalidInput([Fault(name, "give first or last") for name in ("first", "last")])
        name, size = ("first", self.first) if self.last is None else ("last", self.last)
        if size is None:
            return DEFAULT
        if not 0 <= size <= MOST:
            raise InvalidInput.at(name, f"must be from 0 to {MOST}")
        return size


@dataclass(frozen=True, slots=True)
class Order(Generic[R]):
    """What a list is sorted by before the id; None sorts by the id, which is by time."""

    name: str
    column: ColumnElement[str] | None = None
    # What a cursor keeps of a row, and how that is made into something the column compares with.
    value: Callable[[R], str | None] = lambda _: None
    bound: Callable[[ColumnElement[str]], ColumnElement[str]] = lambda value: value


BY_TIME: Order[Any] = Order("created_at")


@dataclass(frozen=True, slots=True)
class Sorting(Generic[R]):
    order: Order[R] = BY_TIME
    descending: bool = True


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Some rows of a list, and whether there are more on either side."""

    nodes: Sequence[R]
    has_previous: bool
    has_next: bool
    mark: str
    sorting: Sorting[R]

    def cursor(self, row: R) -> str:
        return cursor.encode(self.mark, self.sorting.order.value(row), row.id)


@dataclass(frozen=True, eq=False)
class Listing(Generic[R]):
    """All rows of one kind that an organization has, and the filters that narrow them.

    A filter is a condition whose bindparam has the filter's name; where only the words for one
    value let an index find it, it is one condition for each, named like status:ACTIVE. Scattered
    are those for which no index has the list's order.
    """

    kind: type[R]
    noun: tally.Noun
    rows: Select[Any]
    filters: Mapping[str, ColumnElement[bool]] = field(
        default_factory=dict[str, ColumnElement[bool]]
    )
    scattered: frozenset[str] = frozenset()

    async def page(
        self,
        connection: Connection,
        organization_id: UUID,
        ask: Ask,
        filters: Mapping[str, Any],
        sorting: Sorting[R],
        **values: Any,
    ) -> Page[R]:
        """One page; `values` are what conditions need beside the filters, such as the time."""
        order, size = sorting.order, ask.size
        mark = cursor.fingerprint(
            organization_id, self.noun, order.name, sorting.descending, filters
        )
        by_value = order.column is not None
        for side in ("after", "before"):
            if (text := getattr(ask, side)) is not None:
                value, id = cursor.decode(text, mark, side, sorted_by_value=by_value)
                values |= {f"{side}_value": value, f"{side}_id": id}
        sides = (ask.after is not None, ask.before is not None)
        query = _page(self, sorting, ask.backward, sides, self._conditions(filters))
        rows = await query.all(
            connection, organization_id=organization_id, most=size + 1, **filters, **values
        )
        more, rows = len(rows) > size, rows[:size]
        if ask.backward:
            return Page(rows[::-1], more, sides[1], mark, sorting)
        return Page(rows, sides[0], more, mark, sorting)

    async def count(
        self,
        connection: Connection,
        organization_id: UUID,
        filters: Mapping[str, Any],
        **values: Any,
    ) -> int:
        """How many rows there are: kept as a tally for the whole list, counted for part of it."""
        if not filters:
            return await tally.read(connection, organization_id, self.noun)
        query = _count(self, self._conditions(filters))
        return await query.value(connection, organization_id=organization_id, **filters, **values)

    def _conditions(self, filters: Mapping[str, Any]) -> frozenset[str]:
        """The names of the conditions that the filters come to."""
        of_value = {name: f"{name}:{value}" for name, value in filters.items()}
        return frozenset(whole if whole in self.filters else n for n, whole in of_value.items())


@cache
def _page(
    listing: Listing[R],
    sorting: Sorting[R],
    backward: bool,  # noqa: FBT001  # a cached function's arguments are its key
    sides: tuple[bool, bool],
    filters: frozenset[str],
) -> Statement[R]:
    table, column = table_of(listing.kind), sorting.order.column
    keys = [table.c.id] if column is None else [column, table.c.id]
    rows, fits = listing.rows, [listing.filters[name] for name in sorted(filters)]
    for side, wanted, beyond in (("after", sides[0], True), ("before", sides[1], False)):
        if wanted:
            bounds: list[Any] = [bindparam(f"{side}_id", type_=sa.Uuid)]
            if column is not None:
                value = bindparam(f"{side}_value", type_=sa.Text)
                bounds.insert(0, sorting.order.bound(value))
            here, there = sa.tuple_(*keys), sa.tuple_(*bounds)
            rows = rows.where(here > there if beyond is not sorting.descending else here < there)
    falls = sorting.descending is not backward
    if listing.scattered & filters:
        fits = [picked(rows, table.c.id, keys, sa.and_(*fits), falls=falls)]
        rows = listing.rows
    query = rows.where(*fits).order_by(*ordered(keys, falls=falls)).limit(ROWS)
    return Statement(query, listing.kind)


@cache
def _count(listing: Listing[Any], filters: frozenset[str]) -> Statement[Any]:
    fits = [listing.filters[name] for name in sorted(filters)]
    some = listing.rows.where(*fits).with_only_columns(sa.literal(1)).subquery()
    return statement(sa.select(func.count()).select_from(some))


def substring(text: str) -> str:
    """The LIKE pattern of a text that may stand anywhere."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
