"""Queries in a few widths, of which the narrowest is run that has all that will be read.

Few, and never one for each choice of columns, so that nobody can make the database prepare
thousands of statements.
"""

from functools import lru_cache
from typing import Any, Final, Generic, TypeAlias, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import Select

from db import times
from db.base import Row
from db.statement import Statement

R = TypeVar("R", bound=Row)
# The attributes of rows that will be read; None where that may be any.
Reads: TypeAlias = frozenset[str] | None
Columns: TypeAlias = frozenset[str]
# Stands among the attributes where of a page nothing is asked but its rows: not whether there are
# more.
ROWS_ALONE: Final = "rows alone"


def columns_of(kind: Any, reads: frozenset[str]) -> Columns:
    """The columns behind attributes, where these are columns or derived from some."""
    reads = reads - {ROWS_ALONE}
    derived = kind.derived()
    needed = {column for name in reads & derived.keys() for column in derived[name].columns}
    return frozenset(needed | (reads - derived.keys()))


@lru_cache(maxsize=1024)
def narrowest(kind: Any, widths: tuple[Columns, ...], reads: Reads) -> Columns | None:
    """The first of some widths, narrow ones first, that will do; None for all there is."""
    if reads is None:
        return None
    needed = columns_of(kind, reads)
    return next((width for width in widths if needed <= width), None)


def cut(query: Select[Any], width: Columns | None) -> Select[Any]:
    """The query with so many of its columns; exact numbers and times come as text.

    So they are shown. That takes a third of the time, but nothing can be reckoned with the
    numbers; the times can still be read of each row (db/times.py).
    """
    if width is None:
        return query
    kept = [_as_shown(column) for name, column in query.exported_columns.items() if name in width]
    return cast("Any", query).with_only_columns(*kept)


def _as_shown(column: Any) -> Any:
    if isinstance(column.type, sa.DateTime):
        return times.as_text(column)
    exact = isinstance(column.type, sa.Numeric)
    return sa.cast(column, sa.Text).label(column.name) if exact else column


class Wide(Generic[R]):
    """One query and its narrower forms."""

    def __init__(self, query: Select[Any], kind: type[R], *widths: Columns) -> None:
        # For pyright no class of tables can be a key.
        self._kind: Any = kind
        self._widths = widths
        self._statements = {width: Statement(cut(query, width), kind) for width in (*widths, None)}

    def fit(self, reads: Reads) -> Statement[R]:
        return self._statements[narrowest(self._kind, self._widths, reads)]
