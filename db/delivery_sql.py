"""The statements of the queue of deliveries."""

import sqlalchemy as sa

from db.delivery_rows import Due, LaneKey, Settled, Waiting
from db.statement import Statement, statement, worded

# Steps from one lane to the next along the index, however many deliveries wait in each.
FIND = Statement(
    worded(
        """
        WITH RECURSIVE lane AS (
            (SELECT organization_id, webhook_id, next_attempt_at FROM webhook_delivery
            WHERE status = 'PENDING'
                AND (organization_id, webhook_id) > (:organization_id, :webhook_id)
            ORDER BY organization_id, webhook_id, next_attempt_at LIMIT 1)
            UNION ALL
            SELECT next.organization_id, next.webhook_id, next.next_attempt_at
            FROM lane CROSS JOIN LATERAL (
                SELECT organization_id, webhook_id, next_attempt_at FROM webhook_delivery
                WHERE status = 'PENDING'
                    AND (organization_id, webhook_id) > (lane.organization_id, lane.webhook_id)
                ORDER BY organization_id, webhook_id, next_attempt_at LIMIT 1
            ) AS next
        )
        SELECT found.organization_id, found.webhook_id, next_attempt_at, holder AS held_by
        FROM (SELECT * FROM lane LIMIT :most) AS found
        LEFT JOIN webhook_lane ON webhook_lane.organization_id = found.organization_id
            AND webhook_lane.webhook_id = found.webhook_id
            AND until > now() AND holder <> :holder
        ORDER BY found.organization_id, found.webhook_id
        """,
        {"organization_id": sa.Uuid, "webhook_id": sa.Uuid, "holder": sa.Uuid, "most": sa.Integer},
        list(Waiting.__annotations__),
    ),
    Waiting,
)
KEYS = {
    "organization_ids": sa.ARRAY(sa.Uuid),
    "webhook_ids": sa.ARRAY(sa.Uuid),
}
# In their order, so that two workers which take the same lanes don't wait for each other.
TAKE = Statement(
    worded(
        """
        INSERT INTO webhook_lane (organization_id, webhook_id, holder, until)
        SELECT organization_id, webhook_id, :holder, now() + :seconds * interval '1 second'
        FROM unnest(:organization_ids, :webhook_ids) AS wanted (organization_id, webhook_id)
        ORDER BY organization_id, webhook_id
        ON CONFLICT (organization_id, webhook_id)
        DO UPDATE SET holder = excluded.holder, until = excluded.until
        WHERE webhook_lane.until <= now() OR webhook_lane.holder = excluded.holder
        RETURNING organization_id, webhook_id
        """,
        {**KEYS, "holder": sa.Uuid, "seconds": sa.Float},
        list(LaneKey.__annotations__),
    ),
    LaneKey,
)
LET_GO = statement(
    worded(
        """
        WITH mine AS (
            SELECT organization_id, webhook_id FROM webhook_lane
            JOIN unnest(:organization_ids, :webhook_ids) AS left_over (organization_id, webhook_id)
                USING (organization_id, webhook_id)
            WHERE holder = :holder
            ORDER BY organization_id, webhook_id
            FOR UPDATE OF webhook_lane
        )
        DELETE FROM webhook_lane USING mine
        WHERE webhook_lane.organization_id = mine.organization_id
            AND webhook_lane.webhook_id = mine.webhook_id
        """,
        {**KEYS, "holder": sa.Uuid},
        [],
    )
)
READ = Statement(
    worded(
        """
        SELECT due.organization_id, due.id, due.webhook_id, due.event_id, due.attempt_count,
            due.tries, webhook.url, webhook.secret, webhook.previous_secret,
            webhook.previous_secret_ends_at, webhook.failing_since, webhook.failing_told,
            event.payload
        FROM unnest(:organization_ids, :webhook_ids, :rooms)
            AS lane (organization_id, webhook_id, room)
        JOIN webhook ON webhook.organization_id = lane.organization_id
            AND webhook.id = lane.webhook_id
            AND webhook.status = 'ENABLED' AND webhook.deleted_at IS NULL
        CROSS JOIN LATERAL (
            SELECT * FROM webhook_delivery
            WHERE webhook_delivery.organization_id = lane.organization_id
                AND webhook_delivery.webhook_id = lane.webhook_id
                AND status = 'PENDING' AND next_attempt_at <= :now AND id <> ALL(:busy)
            ORDER BY next_attempt_at, id
            LIMIT lane.room
        ) AS due
        JOIN event ON event.organization_id = due.organization_id AND event.id = due.event_id
        ORDER BY due.next_attempt_at, due.id
        """,
        {
            **KEYS,
            "rooms": sa.ARRAY(sa.Integer),
            "now": sa.DateTime(timezone=True),
            "busy": sa.ARRAY(sa.Uuid),
        },
        list(Due.__annotations__),
    ),
    Due,
)
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
        )
        SELECT organization_id, id, webhook_id, status FROM settled
        """,  # noqa: S608  # the names are ours
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
        {**KEYS, "now": sa.DateTime(timezone=True)},
        list(Settled.__annotations__),
    ),
    Settled,
)
