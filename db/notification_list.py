"""Reading notifications, newest first."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam

from db import tally
from db.notification import Notification, NotificationStatus
from db.page import Ask, Listing, Page, Sorting
from db.statement import Connection, Statement, constant, table_of

TABLE = table_of(Notification)
OWNED = sa.select(TABLE).where(TABLE.c.organization_id == bindparam("organization_id"))
BY_STATUS = {
    f"status:{status}": TABLE.c.status == constant(status) for status in NotificationStatus
}
LIST = Listing(
    Notification,
    "notification",
    OWNED,
    {**BY_STATUS, "category": TABLE.c.category == bindparam("category")},
)
ONE = Statement(OWNED.where(TABLE.c.id == bindparam("id")), Notification)


async def find(connection: Connection, organization_id: UUID, id: UUID) -> Notification | None:
    return await ONE.first(connection, organization_id=organization_id, id=id)


async def page(
    connection: Connection,
    organization_id: UUID,
    ask: Ask,
    filters: Mapping[str, Any],
    sorting: Sorting[Notification],
) -> Page[Notification]:
    return await LIST.page(connection, organization_id, ask, filters, sorting)


async def count(connection: Connection, organization_id: UUID, filters: Mapping[str, Any]) -> int:
    return await LIST.count(connection, organization_id, filters)


async def unread(connection: Connection, organization_id: UUID) -> int:
    """How many are unread of all that the organization has."""
    return await tally.read(connection, organization_id, "unread")
