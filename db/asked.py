"""Rows that know for which of the ids that were asked for they stand.

To look them up by their UUIDs would take as long as to read them: Python hashes each one anew.
"""

from collections.abc import Sequence
from typing import Any, Final, TypeVar

import sqlalchemy as sa
from sqlalchemy import bindparam, func

R = TypeVar("R")
# A statement selects its place first, and adds a condition on its id.
ASKED: Final = (
    func.unnest(bindparam("ids", type_=sa.ARRAY(sa.Uuid)))
    .table_valued(sa.column("id", sa.Uuid), with_ordinality="place")
    .render_derived(name="asked")
)
PLACE: Final = ASKED.c.place.name


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
