"""The statements that write what came of deliveries."""

import sqlalchemy as sa

from db.delivery import MOST_ATTEMPTS
from db.delivery_rows import Settled
from db.statement import Statement, worded

FIELDS = {
    "organization_id": sa.Uuid,
    "id": sa.Uuid,
    "number": sa.Integer,
    "tries": sa.Integer,
    "status": sa.Text,
    "next_attempt_at": sa.DateTime(timezone=True),
    "completed_at": sa.DateTime(timezone=True),
    "started_at": sa.DateTime(timezone=True),
    "duration_ms": sa.Integer,
    "response_status": sa.Integer,
    "response_body": sa.Text,
    "error": sa.Text,
}
COUNTS = """webhook_delivery.status = 'PENDING' AND (
                    webhook_delivery.tries = outcome.tries - 1 OR outcome.status = 'DELIVERED')"""
# A delivery may be sent again without end: of its attempts the first and the latest are kept.
# What was cancelled meanwhile stays so, what was put back meanwhile is due again unless it has
# arrived, and what another worker has settled first isn't touched.
SETTLE = Statement(
    worded(
        f"""
        WITH outcome AS (
            SELECT * FROM unnest({", ".join(f":{name}s" for name in FIELDS)})
                AS outcome ({", ".join(FIELDS)})
        ), settled AS (
            UPDATE webhook_delivery SET
                attempt_count = outcome.number,
                tries = CASE WHEN {COUNTS} THEN outcome.tries ELSE webhook_delivery.tries END,
                status = CASE WHEN {COUNTS}
                    THEN outcome.status ELSE webhook_delivery.status END,
                next_attempt_at = CASE WHEN {COUNTS}
                    THEN outcome.next_attempt_at ELSE webhook_delivery.next_attempt_at END,
                completed_at = CASE WHEN {COUNTS}
                    THEN outcome.completed_at ELSE webhook_delivery.completed_at END
            FROM outcome
            WHERE webhook_delivery.organization_id = outcome.organization_id
                AND webhook_delivery.id = outcome.id
                AND webhook_delivery.attempt_count = outcome.number - 1
            RETURNING webhook_delivery.organization_id, webhook_delivery.id,
                webhook_delivery.webhook_id, webhook_delivery.status
        ), attempt AS (
            INSERT INTO delivery_attempt (organization_id, delivery_id, number, started_at,
                duration_ms, response_status, response_body, error)
            SELECT organization_id, id, number, started_at, duration_ms, response_status,
                response_body, error FROM outcome JOIN settled USING (organization_id, id)
        ), beyond AS (
            SELECT organization_id, id, number - {MOST_ATTEMPTS} AS last
            FROM outcome JOIN settled USING (organization_id, id)
            WHERE number > {MOST_ATTEMPTS} + 1
        ), forgotten AS (
            DELETE FROM delivery_attempt USING beyond
            WHERE delivery_attempt.organization_id = beyond.organization_id
                AND delivery_attempt.delivery_id = beyond.id
                AND delivery_attempt.number BETWEEN 2 AND beyond.last
        )
        SELECT organization_id, id, webhook_id, status FROM settled
        """,  # noqa: S608  # the names are ours, and the number
        {f"{name}s": sa.ARRAY(kind) for name, kind in FIELDS.items()},
        list(Settled.__annotations__),
    ),
    Settled,
)
# What waits for a webhook that is gone is cancelled; what comes due for one that is off, fails.
CLOSE = Statement(
    worded(
        """
        UPDATE webhook_delivery SET
            status = CASE WHEN idle.gone THEN 'CANCELLED' ELSE 'FAILED' END,
            next_attempt_at = NULL, completed_at = :now
        FROM (
            SELECT due.organization_id, due.id, webhook.deleted_at IS NOT NULL AS gone
            FROM unnest(:organization_ids, :webhook_ids) AS quiet (organization_id, webhook_id)
            JOIN webhook ON webhook.organization_id = quiet.organization_id
                AND webhook.id = quiet.webhook_id
                AND (webhook.status <> 'ENABLED' OR webhook.deleted_at IS NOT NULL)
            CROSS JOIN LATERAL (
                SELECT organization_id, id FROM webhook_delivery
                WHERE webhook_delivery.organization_id = quiet.organization_id
                    AND webhook_delivery.webhook_id = quiet.webhook_id AND status = 'PENDING'
                    AND (next_attempt_at <= :now OR webhook.deleted_at IS NOT NULL)
                ORDER BY next_attempt_at, id
                LIMIT 1000
                FOR UPDATE SKIP LOCKED
            ) AS due
        ) AS idle
        WHERE webhook_delivery.organization_id = idle.organization_id
            AND webhook_delivery.id = idle.id
        RETURNING webhook_delivery.organization_id, webhook_delivery.id,
            webhook_delivery.webhook_id, webhook_delivery.status
        """,
        {
            "organization_ids": sa.ARRAY(sa.Uuid),
            "webhook_ids": sa.ARRAY(sa.Uuid),
            "now": sa.DateTime(timezone=True),
        },
        list(Settled.__annotations__),
    ),
    Settled,
)
