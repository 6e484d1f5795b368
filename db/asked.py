"""Rows that know for which of the ids that were asked for they stand.

To look them up by their UUIDs would take longer: Python hashes 60 new ones in 10 us.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam, func

R = TypeVar("R")
IDS: Final = bindparam("ids", type_=sa.ARRAY(sa.Uuid))
ASKED: Final = (
    func.unnest(IDS)
    .table_valued(sa.column("id", sa.Uuid), with_ordinality="place")
    .render_derived(name="asked")
)
PLACE: Final = ASKED.c.place.name


class Flat(list[Any]):
    """The values of an array none of which is a list, to be given to a statement, once.

    asyncpg goes over an array twice. First it asks of each value whether it is a list, by a
    function that is Python's, which takes 15 us for 60 ids; so it finds nothing then.
    """

    __slots__ = ("_is_known",)

    def __init__(self, values: Sequence[Any]) -> None:
        super().__init__(values)
        self._is_known = False

    def __iter__(self) -> Iterator[Any]:
        if self._is_known:
            return super().__iter__()
        self._is_known = True
        return iter(())


def each(rows: Select[Any], key: ColumnElement[UUID], *columns: Any) -> Select[Any]:
    """The rows whose key is one of the ids, each after the id's place.

    The key is said twice: by a join alone a plan that was made while a table was all but empty
    reads all rows of an organization, and would once there are many.
    """
    found: Any = rows.where(key == ASKED.c.id, key == sa.any_(IDS))
    return found.with_only_columns(ASKED.c.place, *columns)


def one_each(rows: Sequence[R], count: int) -> list[R | None]:
    """The row of each id, None where there is none."""
    found: list[R | None] = [None] * count
    row: Any
    for row in rows:
        found[row[0] - 1] = row
    return found


def lists_of(rows: Sequence[R], count: int) -> list[list[R]]:
    """The rows of each id, in their order."""
    found: list[list[Any]] = [[] for _ in range(count)]
    row: Any
    for row in rows:
        found[row[0] - 1].append(row)
    return found
