"""Events: what happened, written by the transaction that made it happen."""

from collections.abc import Sequence
from typing import Any, ClassVar
from uuid import UUID

import orjson
import sqlalchemy as sa
from sqlalchemy import ColumnElement, bindparam, func, literal_column

from db import ids, tally
from db.actor import Origin
from db.base import OwnedRow, text
from db.delivery import DeliveryStatus, WebhookDelivery
from db.event_type import EventType, Happened
from db.news import Kind, News, gather
from db.notification_made import notify_of
from db.statement import Connection, Statement, constant, inserts, table_of
from db.webhook import TABLE as WEBHOOK
from db.webhook import WebhookStatus


class Event(OwnedRow, table=True):
    """The payload is the exact body that every webhook is sent."""

    PREFIX: ClassVar[str] = "evt"
    NOUN: ClassVar[str] = "Event"

    type: EventType = text()
    subject_id: str
    payload: str = text()


EVENT, DELIVERY = table_of(Event), table_of(WebhookDelivery)
ID = bindparam("id", type_=sa.Uuid)
# The event's time, and a random rest: a UUIDv7 of the same moment.
NEW_ID = sa.cast(
    func.left(sa.cast(ID, sa.Text), 19, type_=sa.Text)
    + func.substr(sa.cast(func.gen_random_uuid(), sa.Text), 20, type_=sa.Text),
    sa.Uuid,
)
NOW = bindparam("created_at", type_=sa.DateTime(timezone=True))
IS_ON = WEBHOOK.c.status == constant(WebhookStatus.ENABLED)
SUBSCRIBED = sa.and_(
    WEBHOOK.c.organization_id == bindparam("organization_id"),
    WEBHOOK.c.deleted_at.is_(None),
    sa.or_(
        func.cardinality(WEBHOOK.c.event_types) == 0,
        bindparam("type", type_=sa.Text) == sa.any_(WEBHOOK.c.event_types),
    ),
    WEBHOOK.c.id.is_distinct_from(bindparam("but", type_=sa.Uuid)),
)
ALONE = sa.and_(
    WEBHOOK.c.organization_id == bindparam("organization_id"),
    WEBHOOK.c.id == bindparam("webhook_id", type_=sa.Uuid),
)


def _announcing(to: ColumnElement[bool]) -> Statement[WebhookDelivery]:
    """The event, and a delivery of it to each webhook; one that is off has it kept as failed."""
    columns: dict[str, ColumnElement[Any]] = {
        "organization_id": WEBHOOK.c.organization_id,
        "id": NEW_ID,
        "created_at": NOW,
        "webhook_id": WEBHOOK.c.id,
        "event_id": ID,
        "event_type": bindparam("type", type_=sa.Text),
        "status": sa.case(
            (IS_ON, constant(DeliveryStatus.PENDING)), else_=constant(DeliveryStatus.FAILED)
        ),
        "next_attempt_at": sa.case((IS_ON, NOW)),
        "completed_at": sa.case((~IS_ON, NOW)),
        "attempt_count": literal_column("0"),
        "tries": literal_column("0"),
    }
    insert = sa.insert(DELIVERY).from_select(list(columns), sa.select(*columns.values()).where(to))
    made = insert.returning(DELIVERY.c.id, DELIVERY.c.webhook_id, DELIVERY.c.status)
    return Statement(made.add_cte(inserts(Event).cte("written")), WebhookDelivery)


TO_SUBSCRIBERS, TO_ONE = _announcing(SUBSCRIBED), _announcing(ALONE)


async def announce(
    connection: Connection,
    organization_id: UUID,
    origin: Origin,
    happened: Happened,
    *,
    but: UUID | None = None,
) -> None:
    """Write what happened, with a delivery for each subscribed webhook, `but` one of them."""
    values = _values(organization_id, origin, happened)
    sent = await TO_SUBSCRIBERS.all(connection, **values, but=but)
    await _count(connection, organization_id, sent)
    await notify_of(connection, organization_id, origin, happened)


async def announce_to(
    connection: Connection,
    organization_id: UUID,
    origin: Origin,
    happened: Happened,
    webhook_id: UUID,
) -> UUID:
    """Write an event for one webhook alone, whatever it is subscribed to; its delivery's id."""
    values = _values(organization_id, origin, happened)
    [sent] = await TO_ONE.all(connection, **values, webhook_id=webhook_id)
    await _count(connection, organization_id, [sent])
    return sent.id


def _values(organization_id: UUID, origin: Origin, happened: Happened) -> dict[str, Any]:
    body = {"type": happened.type, "timestamp": origin.now, "data": happened.data}
    return {
        "organization_id": organization_id,
        "id": ids.new_uuid(origin.now),
        "created_at": origin.now,
        "type": happened.type,
        "subject_id": happened.subject_id,
        # As the API writes it, so that a time or an amount reads the same in both.
        "payload": orjson.dumps(body, option=orjson.OPT_UTC_Z).decode(),
    }


async def _count(
    connection: Connection, organization_id: UUID, sent: Sequence[WebhookDelivery]
) -> None:
    if not sent:
        return
    await tally.add(connection, organization_id, "webhook_delivery", len(sent))
    made = [News(Kind.DELIVERY, organization_id, row.id, row.webhook_id) for row in sent]
    due = [
        News(Kind.QUEUE, organization_id, row.webhook_id, row.webhook_id)
        for row in sent
        if row.status == DeliveryStatus.PENDING
    ]
    gather(connection, [*made, *due])
