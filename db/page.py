"""Pages of a list, found by key: a cursor holds the sort value and the id, never an offset."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam, func

from db import cursor, tally
from db.base import OwnedRow
from db.errors import InvalidInput
from db.page_asked import Ask, Page, Sorting
from db.page_scattered import ROWS, ordered, picked
from db.statement import Connection, Statement, statement, table_of
from db.widths import ROWS_ALONE, Columns, Reads, cut, narrowest

R = TypeVar("R", bound=OwnedRow)
NO_CONDITIONS: frozenset[str] = frozenset()
NEITHER = (False, False)


@dataclass(frozen=True, eq=False)
class Listing(Generic[R]):
    """All rows of one kind that an organization has, and the filters that narrow them.

    A filter is a condition whose bindparam has the filter's name; where only the words for one
    value let an index find it, it is one condition for each, named like status:ACTIVE. Scattered
    are those for which no index has the list's order. Widths are columns that may be enough,
    narrow ones first, with the id and what the list can be ordered by (db/widths.py).
    """

    kind: type[R]
    noun: tally.Noun
    rows: Select[Any]
    filters: Mapping[str, ColumnElement[bool]] = field(
        default_factory=dict[str, ColumnElement[bool]]
    )
    scattered: frozenset[str] = frozenset()
    widths: tuple[Columns, ...] = ()

    async def page(
        self,
        connection: Connection,
        organization_id: UUID,
        ask: Ask,
        filters: Mapping[str, Any],
        sorting: Sorting[R],
        *,
        reads: Reads = None,
        **values: Any,
    ) -> Page[R]:
        """One page; `values` are what conditions need beside the filters, such as the time.

        `reads` are the attributes of the rows that will be read, where that is known. With
        ROWS_ALONE among them it isn't looked whether there are more.
        """
        backward, sides = ask.last is not None, NEITHER
        parts = (organization_id, self.noun, sorting.order.name, sorting.descending, filters)
        if ask.after is not None or ask.before is not None:
            sides = (ask.after is not None, ask.before is not None)
            values |= _bounds(ask, cursor.fingerprint(*parts), sorting)
        if filters or sides is not NEITHER:
            conditions = self._conditions(filters)
            query = self.query(sorting, backward, sides, conditions, self.width(reads))
            values |= filters
        else:
            query = _plain(self, sorting, backward, reads)
        size, is_alone = ask.size, reads is not None and ROWS_ALONE in reads
        values["organization_id"], values["most"] = organization_id, size + (not is_alone)
        rows = await query.given(connection, values)
        more = None if is_alone else len(rows) > size
        rows = rows[:size] if more else rows
        if backward:
            return Page(rows[::-1], more, sides[1], parts, sorting)
        return Page(rows, sides[0], more, parts, sorting)

    def query(
        self,
        sorting: Sorting[R],
        backward: bool,  # noqa: FBT001  # as the cached function has it
        sides: tuple[bool, bool],
        filters: frozenset[str],
        width: Columns | None = None,
    ) -> Statement[R]:
        """What finds a page; a kind whose indexes can't serve it plainly has one of its own."""
        return _page(self, sorting, backward, sides, filters, width)

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

    def width(self, reads: Reads) -> Columns | None:
        """The narrowest of its widths that will do; None for all there is."""
        # For pyright no class of tables can be a key.
        kind: Any = self.kind
        return narrowest(kind, self.widths, reads)

    def _conditions(self, filters: Mapping[str, Any]) -> frozenset[str]:
        """The names of the conditions that the filters come to."""
        if not filters:
            return NO_CONDITIONS
        of_value = {name: f"{name}:{value}" for name, value in filters.items()}
        return frozenset(whole if whole in self.filters else n for n, whole in of_value.items())


def _bounds(ask: Ask, mark: str, sorting: Sorting[Any]) -> dict[str, Any]:
    """The values of the cursors that were given; InvalidInput tells of the size as well."""
    by_value, bounds = sorting.order.column is not None, dict[str, Any]()
    faults = ask.faults()
    for side in ("after", "before"):
        if (text := getattr(ask, side)) is not None:
            try:
                value, id = cursor.decode(text, mark, side, sorted_by_value=by_value)
            except InvalidInput as wrong:
                faults += wrong.faults
            else:
                bounds |= {f"{side}_value": value, f"{side}_id": id}
    if faults:
        raise InvalidInput(faults)
    return bounds


@lru_cache(maxsize=1024)
def _plain(
    listing: Listing[R],
    sorting: Sorting[R],
    backward: bool,  # noqa: FBT001  # a cached function's arguments are its key
    reads: Reads,
) -> Statement[R]:
    """What finds the first or the last page of the whole list: what most ask for, by one look."""
    width = listing.width(reads)
    return listing.query(sorting, backward, NEITHER, NO_CONDITIONS, width)


@cache
def _page(
    listing: Listing[R],
    sorting: Sorting[R],
    backward: bool,  # noqa: FBT001  # a cached function's arguments are its key
    sides: tuple[bool, bool],
    filters: frozenset[str],
    width: Columns | None,
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
    return Statement(cut(query, width), listing.kind)


@cache
def _count(listing: Listing[Any], filters: frozenset[str]) -> Statement[Any]:
    fits = [listing.filters[name] for name in sorted(filters)]
    some = listing.rows.where(*fits).with_only_columns(sa.literal(1)).subquery()
    return statement(sa.select(func.count()).select_from(some))


def substring(text: str) -> str:
    """The LIKE pattern of a text that may stand anywhere."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
