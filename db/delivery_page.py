"""Pages of the queue: few indexes serve every filter, by a branch for each value left open."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column

from db.delivery import DeliveryStatus, WebhookDelivery
from db.event_type import EventType
from db.page import Listing, Sorting
from db.page_scattered import ROWS
from db.statement import Statement, table_of
from db.widths import Columns

TABLE = table_of(WebhookDelivery)
Fit = Callable[[Any], ColumnElement[bool]]
# Each is a condition on the table, or on another view of it.
FITS: Final[Mapping[str, Fit]] = {
    "webhook_id": lambda rows: rows.c.webhook_id == bindparam("webhook_id"),
    "status": lambda rows: rows.c.status == bindparam("status"),
    "event_type": lambda rows: rows.c.event_type == bindparam("event_type"),
    "created_after": lambda rows: rows.c.id >= bindparam("created_after"),
    "created_before": lambda rows: rows.c.id < bindparam("created_before"),
}
# The columns that come before the id in two indexes, with all their values.
VALUES: Final[Mapping[str, Sequence[str]]] = {
    "status": tuple(DeliveryStatus),
    "event_type": tuple(EventType),
}


def first_ids(
    fits: Mapping[str, Fit], *, falls: bool, most: ColumnElement[int] = ROWS
) -> Select[Any]:
    """The ids of the first rows that fit, by their status, their type or both.

    Of the two, the one that isn't asked for makes a branch for each of its values, and no branch
    is read further than it must be.
    """
    one = TABLE.alias("one")
    owned = one.c.organization_id == bindparam("organization_id")
    found = sa.select(one.c.id).where(owned, *[fit(one) for fit in fits.values()])
    left_open = [name for name in VALUES if name not in fits]
    if not left_open:
        return _first(found, one.c.id, falls=falls, most=most)
    [name] = left_open
    value = _values_of(name)
    branch = _first(found.where(one.c[name] == value), one.c.id, falls=falls, most=most)
    some = branch.correlate(value.table).lateral("some")
    merged = sa.select(some.c.id).select_from(value.table.join(some, sa.true()))
    return _first(merged, some.c.id, falls=falls, most=most)


def _values_of(name: str) -> Any:
    written = ", ".join(f"'{value}'" for value in VALUES[name])
    values = func.unnest(literal_column(f"ARRAY[{written}]", sa.ARRAY(sa.Text)))
    return values.table_valued("value").render_derived(name=f"any_{name}").c.value


def _first(
    rows: Select[Any], id: ColumnElement[Any], *, falls: bool, most: ColumnElement[int]
) -> Select[Any]:
    return rows.order_by(id.desc() if falls else id.asc()).limit(most)


@dataclass(frozen=True, eq=False)
class Queue(Listing[WebhookDelivery]):
    """The deliveries of an organization, in the order of their ids."""

    def query(
        self,
        sorting: Sorting[WebhookDelivery],
        backward: bool,  # noqa: FBT001  # as Listing has it
        sides: tuple[bool, bool],
        filters: frozenset[str],
        width: Columns | None = None,
    ) -> Statement[WebhookDelivery]:
        if filters.isdisjoint(VALUES):
            return super().query(sorting, backward, sides, filters, width)
        falls = sorting.descending is not backward
        return _page(self, sorting.descending, falls, sides, filters)


@cache
def _page(
    queue: Queue,
    newest_first: bool,  # noqa: FBT001  # a cached function's arguments are its key
    falls: bool,  # noqa: FBT001  # as above
    sides: tuple[bool, bool],
    filters: Collection[str],
) -> Statement[WebhookDelivery]:
    fits: dict[str, Fit] = {name: FITS[name] for name in sorted(filters)}
    for side, wanted, beyond in (("after", sides[0], True), ("before", sides[1], False)):
        if wanted:
            fits[side] = _bound(f"{side}_id", above=beyond is not newest_first)
    picked = TABLE.c.id == sa.any_(func.array(first_ids(fits, falls=falls).scalar_subquery()))
    query = _first(queue.rows.where(picked), TABLE.c.id, falls=falls, most=ROWS)
    return Statement(query, WebhookDelivery)


def _bound(name: str, *, above: bool) -> Fit:
    position = bindparam(name, type_=sa.Uuid)
    return lambda rows: rows.c.id > position if above else rows.c.id < position
