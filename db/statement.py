"""SQL statements: written with SQLAlchemy, compiled once, run by asyncpg.

SQLAlchemy's own execution costs more than half of a request's database time, so only its
compiler is used. Rows come back as records that read like the table's class.
"""

from collections.abc import Awaitable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from textwrap import dedent
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias, TypeVar, cast

import asyncpg
import sqlalchemy as sa
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import (
    ColumnClause,
    ColumnElement,
    Insert,
    Text,
    Update,
    bindparam,
    insert,
    literal_column,
    update,
)
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql import ClauseElement

from db import times
from db.base import Derived, Row
from db.prepared import own_of
from db.sure import Kinds, kinds_of, table_of

if TYPE_CHECKING:
    Connection: TypeAlias = PoolConnectionProxy[asyncpg.Record]
else:
    Connection = PoolConnectionProxy

R = TypeVar("R")

DIALECT = cast("Any", dialect)()


class Layout(NamedTuple):
    """The place of each column, what is derived from columns, and which types are sure."""

    places: Mapping[str, int]
    derived: Mapping[str, Derived]
    kinds: Mapping[str, Kinds]


@cache
def stored(
    table: type[R], columns: tuple[str, ...], kinds: frozenset[tuple[str, Kinds]] = frozenset()
) -> type[R]:
    """The record class for some columns of a table's rows, with the properties of its class."""
    # Read so, without __getattr__ and a dict of its own for each, a page takes a twelfth less time.
    own: dict[str, Any] = {"__slots__": (), **{n: property(itemgetter(n)) for n in columns}}
    own |= properties_of(table) | times.properties(columns)
    places = {name: place for place, name in enumerate(columns) if columns.count(name) == 1}
    own["PLACES"] = {n: p for n, p in places.items() if isinstance(own[n].fget, itemgetter)}
    own["KINDS"] = {n: each for n, each in kinds if n in own["PLACES"]}
    own["DERIVED"] = {
        n: each
        for n, each in {**derived(table), **times.derived(columns)}.items()
        if places.keys() >= {*each.columns}
    }
    return cast("type[R]", type(table.__name__, (asyncpg.Record,), own))


def properties_of(table: type[Any]) -> dict[str, Any]:
    """What rows of a table have beside their columns."""
    own: dict[str, Any] = {}
    for base in reversed(table.__mro__):
        if issubclass(base, Row) and base is not Row:
            own.update({n: v for n, v in vars(base).items() if isinstance(v, property)})
    return own | {n: getattr(table, n) for n in ("PREFIX", "NOUN") if hasattr(table, n)}


def layout_of(kind: type[Any]) -> Layout | None:
    """Where rows of a record class have their columns; None for other classes."""
    if not issubclass(kind, asyncpg.Record):
        return None
    return Layout(*(getattr(kind, name, {}) for name in ("PLACES", "DERIVED", "KINDS")))


def derived(table: type[Any]) -> Mapping[str, Derived]:
    return table.derived() if issubclass(table, Row) else {}


def inserts(kind: type[Row], prefix: str = "") -> Insert:
    """The insert of a whole row, its values given by the columns' names.

    With a prefix where it is a part of another statement, whose organization is its own, too.
    """
    return insert(table_of(kind)).values(values_of(kind, prefix))


def values_of(kind: type[Row], prefix: str = "") -> dict[str, ColumnElement[Any]]:
    names = {c.name: f"{prefix}{c.name}" for c in table_of(kind).columns}
    if "organization_id" in names:
        names["organization_id"] = "organization_id"
    return {c.name: bindparam(names[c.name], type_=c.type) for c in table_of(kind).columns}


def constant(text: str) -> ColumnClause[str]:
    """A text of ours that stands in the statement itself, where the planner can see it."""
    return literal_column(f"'{text}'", type_=Text)


def updates(kind: type[Row]) -> ClauseElement:
    """The update of an owned row, all its other values given; it gives back the row."""
    table = table_of(kind)
    keys = [c == bindparam(c.name, type_=c.type) for c in table.primary_key.columns]
    rest = {c.name: bindparam(c.name, type_=c.type) for c in table.columns if not c.primary_key}
    return returning(update(table).where(*keys).values(rest), kind)


def worded(words: str, types: Mapping[str, Any], columns: Sequence[str]) -> ClauseElement:
    """A statement in SQL's own words, with the types of its values and the columns that it gives.

    For what SQLAlchemy's words would hide: recursion, and many tables at once.
    """
    values = [bindparam(name, type_=kind) for name, kind in types.items()]
    return sa.text(dedent(words)).bindparams(*values).columns(*map(sa.column, columns))


def returning(change: Insert | Update, kind: type[Row]) -> ClauseElement:
    return change.returning(*table_of(kind).columns)


class Statement(Generic[R]):
    """One statement; its values are given by the names of its bindparams."""

    def __init__(self, clause: ClauseElement, row: type[R]) -> None:
        compiled = cast("Any", clause.compile(dialect=DIALECT))
        self.sql: str = str(compiled)
        self.names: Sequence[str] = compiled.positiontup or ()
        self.fixed: dict[str, Any] = {n: v for n, v in compiled.params.items() if v is not None}
        # All of several values at once, where none of them is the statement's own.
        are_several = len(self.names) > 1 and not self.fixed
        self._several = itemgetter(*self.names) if are_several else None
        columns: list[str] = cast("Any", clause).exported_columns.keys()
        # asyncpg's stubs have it that all classes of records are one.
        self.record: Any = (
            row if row is asyncpg.Record else stored(row, tuple(columns), kinds_of(clause, row))
        )

    def _values(self, values: Mapping[str, Any]) -> Sequence[Any]:
        if self._several is not None:
            return self._several(values)
        fixed = self.fixed
        return [values[name] if name in values else fixed[name] for name in self.names]

    def all(self, connection: Connection, **values: Any) -> Awaitable[list[R]]:
        return self.given(connection, values)

    def given(self, connection: Connection, values: Mapping[str, Any]) -> Awaitable[list[R]]:
        """All rows, for values that are together already."""
        own, given = own_of(connection), self._values(values)
        if own is not None:
            return own.rows(self.sql, given, self.record)
        rows: Any = connection.fetch(self.sql, *given, record_class=self.record)
        return rows

    async def first(self, connection: Connection, **values: Any) -> R | None:
        own, given = own_of(connection), self._values(values)
        if own is not None:
            rows = await own.rows(self.sql, given, self.record, most=1)
            return rows[0] if rows else None
        row = await connection.fetchrow(self.sql, *given, record_class=self.record)
        return cast("R | None", row)

    async def row(self, connection: Connection, **values: Any) -> R:
        """The one row that the statement is sure to give."""
        row = await self.first(connection, **values)
        assert row is not None, self.sql
        return row

    async def value(self, connection: Connection, **values: Any) -> Any:
        """The first column of the first row, None where there is no row."""
        own, given = own_of(connection), self._values(values)
        if own is None:
            return await connection.fetchval(self.sql, *given)
        rows = await own.rows(self.sql, given, self.record, most=1)
        return rows[0][0] if rows else None

    async def run(self, connection: Connection, **values: Any) -> None:
        own, given = own_of(connection), self._values(values)
        # Without values there is nothing to prepare: it is sent as it is.
        if own is None or not given:
            await connection.execute(self.sql, *given)
        else:
            await own.rows(self.sql, given, self.record)


def statement(clause: ClauseElement) -> Statement[asyncpg.Record]:
    """A statement that gives no rows of a table."""
    return Statement(clause, asyncpg.Record)
