"""Takes away finished deliveries that are old, with their attempts, and then their events."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from db import tally
from db.delivery_list import RANDOM_BITS, first_id
from db.statement import Connection, Statement, statement, worded

# Where a bound is a value, the planner takes it for a tenth of the table and reads all of it.
STEP = 1_000
RANDOM_MASK = (1 << RANDOM_BITS) - 1


class Gone(NamedTuple):
    """How many were taken away, and the newest of them: None where there was none."""

    deliveries: int
    last: UUID | None


SPAN = {"organization_id": sa.Uuid, "before": sa.Uuid}
DELIVERIES = Statement(
    worded(
        """
        WITH old AS (
            SELECT id FROM webhook_delivery
            WHERE webhook_delivery.organization_id = :organization_id
                AND id < :before AND status <> 'PENDING'
            ORDER BY id LIMIT 1000
            FOR UPDATE SKIP LOCKED
        ), attempts AS (
            DELETE FROM delivery_attempt USING old
            WHERE delivery_attempt.organization_id = :organization_id
                AND delivery_attempt.delivery_id = old.id
        ), gone AS (
            DELETE FROM webhook_delivery USING old
            WHERE webhook_delivery.organization_id = :organization_id
                AND webhook_delivery.id = old.id
            RETURNING webhook_delivery.id
        )
        SELECT count(*) AS deliveries,
            (SELECT id FROM gone ORDER BY id DESC LIMIT 1) AS last FROM gone
        """,
        SPAN,
        Gone._fields,
    ),
    Gone,
)
# What is still to be sent may be as old. An event and its deliveries have the same time, which is
# the first half of their ids: a few rows are read for each event, and `OFFSET 0` keeps the planner
# from reading all deliveries in their place (870 ms in place of 9 among 5,000,000).
EVENTS = statement(
    worded(
        """
        WITH old AS (
            SELECT id FROM event
            WHERE event.organization_id = :organization_id AND id < :before
                AND NOT EXISTS (
                    SELECT FROM webhook_delivery
                    WHERE webhook_delivery.organization_id = event.organization_id
                        AND webhook_delivery.id >= (left(event.id::text, 19)
                            || '8000-000000000000')::uuid
                        AND webhook_delivery.id <= (left(event.id::text, 19)
                            || 'bfff-ffffffffffff')::uuid
                        AND webhook_delivery.event_id = event.id
                    OFFSET 0
                )
            ORDER BY id LIMIT 1000
        ), gone AS (
            DELETE FROM event USING old
            WHERE event.organization_id = :organization_id AND event.id = old.id
            RETURNING event.id
        )
        SELECT count(*) FROM gone
        """,
        SPAN,
        ["count"],
    )
)


async def prune(connection: Connection, organization_id: UUID, before: datetime) -> bool:
    """Take away STEP that are finished and older, and as many events; whether more is left."""
    span = {"organization_id": organization_id, "before": first_id(before)}
    gone = await DELIVERIES.row(connection, **span)
    if gone.deliveries:
        await tally.add(connection, organization_id, "webhook_delivery", -gone.deliveries)
    # Beyond the last one there are deliveries yet, so no event to take away: each step would look
    # at all of those in vain.
    if gone.deliveries == STEP and gone.last is not None:
        span["before"] = UUID(int=(gone.last.int | RANDOM_MASK) + 1)
    events: int = await EVENTS.value(connection, **span)
    return STEP in {gone.deliveries, events}
