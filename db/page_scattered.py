"""Pages of rows that an index finds, but finds in another order than the list's."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam, func

# Rows that are read along the list, before those that fit are taken from an index. Where one row
# in 50 fits a page is found on the way; where fewer do, an index finds few.
REACH = 1_000
ROWS = bindparam("most", type_=sa.Integer)
Keys = Sequence[ColumnElement[Any]]
# They stand in the statement itself, where the planner can see them.
FAR: ColumnElement[int] = sa.literal_column(str(REACH), sa.Integer)
ONE: ColumnElement[int] = sa.literal_column("1", sa.Integer)


def picked(
    rows: Select[Any], id: ColumnElement[Any], keys: Keys, fits: ColumnElement[bool], *, falls: bool
) -> ColumnElement[bool]:
    """The condition that a row is among the first that fit; `rows` are all of the list, from there.

    Left to itself the planner would guess which way is shorter, from what is common among all
    organizations together. It errs by a factor of a thousand, so the statement tries instead.
    """
    columns = [id, *(key.label(f"key_{place}") for place, key in enumerate(keys))]
    walk = rows.with_only_columns(*columns, fits.label("fits"))
    walked = walk.order_by(*ordered(keys, falls=falls)).limit(FAR).subquery("walked")
    near = _first(walked, falls=falls, only=walked.c.fits).cte("near")
    reached = rows.with_only_columns(ONE).limit(FAR).subquery("reached")
    found = rows.with_only_columns(*columns).where(
        fits, _count_of(near) < ROWS, _count_of(reached) == FAR
    )
    # Materialized, it is planned by what finding all of it costs, not by hope for the first rows.
    far = found.cte("found").prefix_with("MATERIALIZED")
    rest = _first(far, falls=falls).subquery("rest")
    both = sa.union_all(sa.select(near.c.id), sa.select(rest.c.id))
    return id == sa.any_(func.array(both.scalar_subquery(), type_=sa.ARRAY(sa.Uuid)))


def ordered(keys: Keys, *, falls: bool) -> list[ColumnElement[Any]]:
    return [key.desc() if falls else key.asc() for key in keys]


def _first(source: Any, *, falls: bool, only: ColumnElement[bool] | None = None) -> Select[Any]:
    keys = [column for column in source.c if column.name.startswith("key_")]
    some = sa.select(source.c.id).order_by(*ordered(keys, falls=falls)).limit(ROWS)
    return some if only is None else some.where(only)


def _count_of(source: Any) -> ColumnElement[int]:
    return sa.select(func.count()).select_from(source).scalar_subquery()
