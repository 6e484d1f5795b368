"""Which types the values of a statement's columns are sure to have, by the tables themselves."""

from datetime import datetime
from types import NoneType
from typing import Any, Final, TypeAlias, cast

import sqlalchemy as sa
from sqlalchemy import Select, Table
from sqlalchemy.sql import ClauseElement

from db.base import Row

# The Python types of a column's values.
Kinds: TypeAlias = frozenset[type[Any]]
SURE: Final[Kinds] = frozenset([bool, datetime, str])
# Of whole numbers only those that GraphQL's Int can show, whatever they are.
SMALL: Final = frozenset(["INTEGER", "SMALLINT"])


def table_of(kind: type[Row]) -> Table:
    return cast("Any", kind).__table__


def kinds_of(clause: ClauseElement, table: type[Any]) -> frozenset[tuple[str, Kinds]]:
    """Which types each column has, where it can't have others.

    Only where the rows come from one table alone, or from it and lists of values: columns of a
    table that is joined can be null whatever the table says.
    """
    if not isinstance(clause, Select) or not issubclass(table, Row):
        return frozenset()
    select = cast("Any", clause)
    froms = select.get_final_froms()
    if [one for one in froms if not isinstance(one, sa.TableValuedAlias)] != [table_of(table)]:
        return frozenset()
    found = ((column.name, _kinds(column)) for column in select.selected_columns)
    return frozenset((name, kinds) for name, kinds in found if kinds)


def _kinds(column: Any) -> Kinds | None:
    # SQLModel's texts are a decorated type; here nothing decorates what the database gives.
    own = getattr(column.type, "impl_instance", column.type)
    whole, kind = _inner(column), own.python_type
    is_sure = kind in SURE or str(own) in SMALL
    if not isinstance(whole, sa.Column) or not is_sure:
        return None
    return frozenset([kind, NoneType] if whole.nullable else [kind])


def _inner(column: Any) -> Any:
    """The column itself, of one that is shown as text under its own name."""
    while isinstance(column, sa.Label | sa.Cast):
        column = cast("Any", column.element if isinstance(column, sa.Label) else column.clause)
    return column
