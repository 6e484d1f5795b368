"""Reading the queue: deliveries with their attempts and payloads."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam, func

from db import ids
from db.delivery import MOST_ATTEMPTS, DeliveryAttempt, WebhookDelivery
from db.delivery_page import FITS, TABLE, VALUES, Queue
from db.event import EVENT, Event
from db.event_type import EventType
from db.page import Ask, Page, Sorting
from db.statement import Connection, Statement, table_of, worded

MICROSECOND: Final = timedelta(microseconds=1)
RANDOM_BITS: Final = 62
NEWEST: Sorting[WebhookDelivery] = Sorting()
OWNED = sa.select(TABLE).where(TABLE.c.organization_id == bindparam("organization_id"))
LIST = Queue(
    WebhookDelivery, "webhook_delivery", OWNED, {name: fit(TABLE) for name, fit in FITS.items()}
)
ONE = Statement(OWNED.where(TABLE.c.id == bindparam("id")), WebhookDelivery)
ATTEMPT = table_of(DeliveryAttempt)
IDS = bindparam("ids", type_=sa.ARRAY(sa.Uuid))
WANTED = func.unnest(IDS).table_valued("id").render_derived(name="wanted")
LATEST = (
    sa.select(ATTEMPT)
    .where(
        ATTEMPT.c.organization_id == bindparam("organization_id"),
        ATTEMPT.c.delivery_id == WANTED.c.id,
    )
    .order_by(ATTEMPT.c.number.desc())
    .limit(sa.literal_column(str(MOST_ATTEMPTS), sa.Integer))
    .correlate(WANTED)
    .lateral("latest")
)
ATTEMPTS_OF = Statement(
    sa.select(LATEST)
    .select_from(WANTED.join(LATEST, sa.true()))
    .order_by(LATEST.c.delivery_id, LATEST.c.number),
    DeliveryAttempt,
)
PAYLOADS_OF = Statement(
    sa.select(EVENT.c.id, EVENT.c.payload).where(
        EVENT.c.organization_id == bindparam("organization_id"),
        EVENT.c.id == sa.any_(IDS),
    ),
    Event,
)

# A look into the index for each type and status, however many deliveries there are.
TYPES_FOR = Statement(
    worded(
        """
        SELECT held.event_type
        FROM unnest(CAST(:types AS text[])) AS wanted (type) CROSS JOIN LATERAL (
            SELECT event_type FROM webhook_delivery
            WHERE webhook_delivery.organization_id = :organization_id
                AND webhook_id = :webhook_id AND status = ANY(:statuses)
                AND event_type = wanted.type
            LIMIT 1
        ) AS held
        """,
        {
            "organization_id": sa.Uuid,
            "webhook_id": sa.Uuid,
            "types": sa.ARRAY(sa.Text),
            "statuses": sa.ARRAY(sa.Text),
        },
        ["event_type"],
    ),
    WebhookDelivery,
)


def first_id(time: datetime) -> UUID:
    """The lowest id that something made at this time can have."""
    return UUID(int=ids.new_uuid(max(time, ids.EPOCH)).int >> RANDOM_BITS << RANDOM_BITS)


def first_id_after(time: datetime) -> UUID:
    return first_id(time + MICROSECOND)


async def find(connection: Connection, organization_id: UUID, id: UUID) -> WebhookDelivery | None:
    return await ONE.first(connection, organization_id=organization_id, id=id)


async def types_for(
    connection: Connection, organization_id: UUID, webhook_id: UUID
) -> frozenset[EventType]:
    """The types of all that is kept for a webhook: each can be sent, be it once more."""
    kept = await TYPES_FOR.all(
        connection,
        organization_id=organization_id,
        webhook_id=webhook_id,
        types=VALUES["event_type"],
        statuses=VALUES["status"],
    )
    return frozenset(EventType(row.event_type) for row in kept)


async def attempts_by_ids(
    connection: Connection, organization_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, list[DeliveryAttempt]]:
    """The latest attempts of each of the deliveries, the oldest of them first."""
    attempts: dict[UUID, list[DeliveryAttempt]] = {id: [] for id in ids}
    for attempt in await ATTEMPTS_OF.all(connection, organization_id=organization_id, ids=ids):
        attempts[attempt.delivery_id].append(attempt)
    return attempts


async def payloads_by_ids(
    connection: Connection, organization_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, str]:
    """What was, or is to be, sent of each of the events."""
    found = await PAYLOADS_OF.all(connection, organization_id=organization_id, ids=ids)
    return {event.id: event.payload for event in found}


async def page(
    connection: Connection, organization_id: UUID, ask: Ask, filters: Mapping[str, Any]
) -> Page[WebhookDelivery]:
    return await LIST.page(connection, organization_id, ask, _by_ids(filters), NEWEST)


async def count(connection: Connection, organization_id: UUID, filters: Mapping[str, Any]) -> int:
    return await LIST.count(connection, organization_id, _by_ids(filters))


def _by_ids(filters: Mapping[str, Any]) -> dict[str, Any]:
    """The same filters; a range of times is one of ids, which the indexes are sorted by."""
    ranges = {"created_after": first_id_after, "created_before": first_id}
    return {n: ranges[n](value) if n in ranges else value for n, value in filters.items()}
