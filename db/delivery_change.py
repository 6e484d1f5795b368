"""What sends deliveries again or not at all: each change with its audit entry."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam

from db import audit
from db.actor import Origin
from db.delivery import DeliveryStatus, WebhookDelivery
from db.delivery_page import TABLE
from db.errors import Conflict, NotFound
from db.news import Kind, News, gather
from db.statement import Connection, Statement, constant, returning
from db.webhook import TABLE as WEBHOOK
from db.webhook import Webhook
from db.webhook_lock import must_be_on

AT_ONCE: Final = 1_000
NOW = bindparam("now", type_=sa.DateTime(timezone=True))
OWNER = TABLE.c.organization_id == bindparam("organization_id")
THIS = sa.and_(OWNER, TABLE.c.id == bindparam("id"))
IS_PENDING = TABLE.c.status == constant(DeliveryStatus.PENDING)
AGAIN: dict[str, Any] = {
    "status": constant(DeliveryStatus.PENDING),
    "next_attempt_at": NOW,
    "completed_at": sa.null(),
    "tries": sa.literal_column("0"),
}
CANCELLED: dict[str, Any] = {
    "status": constant(DeliveryStatus.CANCELLED),
    "next_attempt_at": sa.null(),
    "completed_at": NOW,
}
# A webhook is locked before its deliveries, and stays as it is until the commit.
WEBHOOK_OF = Statement(
    sa.select(WEBHOOK.c.status, WEBHOOK.c.deleted_at)
    .where(
        WEBHOOK.c.organization_id == bindparam("organization_id"),
        WEBHOOK.c.id == sa.select(TABLE.c.webhook_id).where(THIS).scalar_subquery(),
    )
    .with_for_update(read=True),
    Webhook,
)
LOCKED = Statement(sa.select(TABLE).where(THIS).with_for_update(key_share=True), WebhookDelivery)
RETRY = Statement(
    returning(sa.update(TABLE).where(THIS).values(AGAIN), WebhookDelivery), WebhookDelivery
)
CANCEL = Statement(
    returning(sa.update(TABLE).where(THIS).values(CANCELLED), WebhookDelivery), WebhookDelivery
)
# What a worker is writing down just now is left to the worker.
WAITING = (
    sa.select(TABLE.c.id)
    .where(OWNER, TABLE.c.webhook_id == bindparam("webhook_id"), IS_PENDING)
    .order_by(TABLE.c.next_attempt_at, TABLE.c.id)
    .limit(bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
CANCEL_WAITING = Statement(
    sa.update(TABLE)
    .where(OWNER, TABLE.c.id == sa.any_(sa.func.array(WAITING.scalar_subquery())))
    .values(CANCELLED)
    .returning(TABLE.c.id),
    WebhookDelivery,
)


async def retry(
    connection: Connection, organization_id: UUID, origin: Origin, id: UUID
) -> WebhookDelivery:
    """Put a delivery into the queue again, due now; Conflict where it waits or has nowhere to go.

    Its event stays, and so does the count of its attempts, while its tries begin anew.
    """
    webhook = await WEBHOOK_OF.first(connection, organization_id=organization_id, id=id)
    delivery = await _lock(connection, organization_id, id)
    if webhook is None or webhook.deleted_at is not None:
        raise Conflict("The webhook of this delivery is deleted: there is nowhere to send it to.")
    must_be_on(webhook)
    if delivery.status == DeliveryStatus.PENDING:
        raise Conflict("This delivery waits to be sent already.")
    again = await RETRY.row(connection, organization_id=organization_id, id=id, now=origin.now)
    await _record(connection, origin, "webhook_delivery.retried", again)
    tell(connection, organization_id, again.webhook_id, [id])
    tell_due(connection, organization_id, again.webhook_id)
    return again


async def cancel(
    connection: Connection, organization_id: UUID, origin: Origin, id: UUID
) -> WebhookDelivery:
    """Take a delivery out of the queue; Conflict where it doesn't wait there."""
    delivery = await _lock(connection, organization_id, id)
    if delivery.status != DeliveryStatus.PENDING:
        raise Conflict(f"Only a pending delivery can be cancelled; this one is {delivery.status}.")
    cancelled = await CANCEL.row(connection, organization_id=organization_id, id=id, now=origin.now)
    await _record(connection, origin, "webhook_delivery.cancelled", cancelled)
    tell(connection, organization_id, cancelled.webhook_id, [id])
    return cancelled


async def cancel_pending(
    connection: Connection,
    organization_id: UUID,
    webhook_id: UUID,
    now: datetime,
    most: int = AT_ONCE,
) -> int:
    """Cancel what waits for a deleted webhook; where it was `most`, a worker does the rest."""
    rows = await CANCEL_WAITING.all(
        connection, organization_id=organization_id, webhook_id=webhook_id, now=now, most=most
    )
    tell(connection, organization_id, webhook_id, [row.id for row in rows])
    tell_due(connection, organization_id, webhook_id)
    return len(rows)


def tell(
    connection: Connection, organization_id: UUID, webhook_id: UUID, ids: Iterable[UUID]
) -> None:
    """Tell, after the commit, that deliveries of a webhook have changed."""
    gather(connection, [News(Kind.DELIVERY, organization_id, id, webhook_id) for id in ids])


def tell_due(connection: Connection, organization_id: UUID, webhook_id: UUID) -> None:
    """Tell the workers, after the commit, that there is something to do for a webhook."""
    gather(connection, [News(Kind.QUEUE, organization_id, webhook_id, webhook_id)])


async def _lock(connection: Connection, organization_id: UUID, id: UUID) -> WebhookDelivery:
    row = await LOCKED.first(connection, organization_id=organization_id, id=id)
    if row is None:
        raise NotFound("There is no such delivery.")
    return row


async def _record(
    connection: Connection, origin: Origin, action: str, delivery: WebhookDelivery
) -> None:
    await audit.record(connection, delivery.organization_id, origin, action, delivery.typeid)
