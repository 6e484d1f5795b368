"""Webhooks that a transaction holds: to change them, or so that nobody else does meanwhile."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam

from db.errors import Conflict, NotFound
from db.statement import Connection, Statement
from db.webhook import OWNED, TABLE, Webhook, WebhookStatus

LOCKED = Statement(
    sa.select(TABLE)
    .where(
        TABLE.c.organization_id == bindparam("organization_id"),
        TABLE.c.id == bindparam("id"),
        TABLE.c.deleted_at.is_(None),
    )
    .with_for_update(key_share=True),
    Webhook,
)
HELD = Statement(OWNED.where(TABLE.c.id == bindparam("id")).with_for_update(read=True), Webhook)


async def lock(connection: Connection, organization_id: UUID, id: UUID) -> Webhook:
    """The webhook to be changed, its sealed secrets too; NotFound where there is none.

    A webhook is locked before its deliveries, by everybody: else two could wait for each other.
    """
    row = await LOCKED.first(connection, organization_id=organization_id, id=id)
    return _there(row)


async def hold(connection: Connection, organization_id: UUID, id: UUID, now: datetime) -> Webhook:
    """The webhook as it stays until the transaction ends; NotFound where there is none."""
    row = await HELD.first(connection, organization_id=organization_id, id=id, now=now)
    return _there(row)


async def is_on(connection: Connection, organization_id: UUID, id: UUID, now: datetime) -> bool:
    """Whether the webhook is on, and stays so until the transaction ends."""
    row = await HELD.first(connection, organization_id=organization_id, id=id, now=now)
    return row is not None and row.status == WebhookStatus.ENABLED


def must_be_on(webhook: Webhook) -> None:
    if webhook.status != WebhookStatus.ENABLED:
        raise Conflict(
            f"The webhook is off ({webhook.status}), so nothing is sent to it. Enable it first, by"
            " updateWebhook with enabled: true."
        )


def _there(row: Webhook | None) -> Webhook:
    if row is None:
        raise NotFound("There is no such webhook.")
    return row
