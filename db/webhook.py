"""Webhooks: where an organization wants to be told what happens."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from pydantic import Field as Stated
from sqlalchemy import CheckConstraint, Index, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from db.base import moment, text
from db.created import CreatedRow
from db.event_type import EventType
from db.limits import Memo
from db.page import Ask, Listing, Page, Sorting
from db.statement import Connection, Statement, table_of

KNOWN_TYPES = ", ".join(f"'{type_}'" for type_ in EventType)


class WebhookStatus(StrEnum):
    ENABLED = "ENABLED"
    DISABLED = "DISABLED"
    FAILING_DISABLED = "FAILING_DISABLED"


class Details(BaseModel):
    """What a client states about a webhook, and sees of it."""

    description: Memo | None = Stated(None, description="What it is for, in your own words.")


class Webhook(Details, CreatedRow, table=True):
    __table_args__ = (
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        CheckConstraint(f"event_types <@ ARRAY[{KNOWN_TYPES}]", name="event_types_check"),
        CheckConstraint(
            "status IN ('ENABLED', 'DISABLED', 'FAILING_DISABLED')", name="status_check"
        ),
        CheckConstraint(
            "(previous_secret IS NULL) = (previous_secret_ends_at IS NULL)", name="overlap_check"
        ),
        # Every event looks through these, and deleted ones may be many.
        Index(
            "webhook_list_index",
            "organization_id",
            "id",
            postgresql_where=sa.text("deleted_at IS NULL"),
        ),
    )

    PREFIX: ClassVar[str] = "whk"
    NOUN: ClassVar[str] = "Webhook"

    url: str = text()
    # Empty: every event, those of later releases included.
    event_types: list[str] = Field(sa_type=ARRAY(sa.Text))  # pyright: ignore[reportArgumentType]  # SQLModel's stub wants a class
    status: WebhookStatus = text(default=WebhookStatus.ENABLED)
    updated_at: datetime = moment()
    # Encrypted, bound to the webhook's id: they must be read to sign.
    secret: bytes
    previous_secret: bytes | None = None
    previous_secret_ends_at: datetime | None = moment(default=None)
    # Since when every attempt has failed.
    failing_since: datetime | None = moment(default=None)
    # Whether somebody was told that it fails.
    failing_told: bool = False
    deleted_at: datetime | None = moment(default=None)


TABLE = table_of(Webhook)
NOW = bindparam("now", type_=sa.DateTime(timezone=True))
# Secrets are no reader's business, not even encrypted.
SHOWN = [
    *(c for c in TABLE.columns if c.name not in {"secret", "previous_secret"}),
    sa.case((TABLE.c.previous_secret_ends_at > NOW, TABLE.c.previous_secret_ends_at)).label(
        "previous_secret_expires_at"
    ),
]
OWNED = sa.select(*SHOWN).where(
    TABLE.c.organization_id == bindparam("organization_id"), TABLE.c.deleted_at.is_(None)
)
LIST = Listing(Webhook, "webhook", OWNED)
ONE = Statement(OWNED.where(TABLE.c.id == bindparam("id")), Webhook)
ANY = Statement(sa.select(TABLE.c.status).limit(1), Webhook)
SOME = Statement(
    OWNED.where(TABLE.c.id == sa.any_(bindparam("ids", type_=sa.ARRAY(sa.Uuid)))), Webhook
)


async def exist(connection: Connection) -> bool:
    """Whether any organization has had a webhook, whose secret rests on an encryption key."""
    return await ANY.first(connection) is not None


async def find(
    connection: Connection, organization_id: UUID, id: UUID, now: datetime
) -> Webhook | None:
    return await ONE.first(connection, organization_id=organization_id, id=id, now=now)


async def by_ids(
    connection: Connection, organization_id: UUID, ids: Sequence[UUID], now: datetime
) -> dict[UUID, Webhook]:
    found = await SOME.all(connection, organization_id=organization_id, ids=ids, now=now)
    return {row.id: row for row in found}


async def page(
    connection: Connection,
    organization_id: UUID,
    ask: Ask,
    filters: Mapping[str, Any],
    sorting: Sorting[Webhook],
    *,
    now: datetime,
) -> Page[Webhook]:
    return await LIST.page(connection, organization_id, ask, filters, sorting, now=now)


async def count(connection: Connection, organization_id: UUID, filters: Mapping[str, Any]) -> int:
    return await LIST.count(connection, organization_id, filters)
