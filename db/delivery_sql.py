"""The statements by which workers find lanes and read what is due in them."""

import sqlalchemy as sa

from db.delivery_rows import Due, LaneKey, Waiting
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
            due.next_attempt_at, event.payload
        FROM unnest(:organization_ids, :webhook_ids, :rooms, :sinces)
            AS lane (organization_id, webhook_id, room, since)
        JOIN webhook ON webhook.organization_id = lane.organization_id
            AND webhook.id = lane.webhook_id
            AND webhook.status = 'ENABLED' AND webhook.deleted_at IS NULL
        CROSS JOIN LATERAL (
            SELECT * FROM webhook_delivery
            WHERE webhook_delivery.organization_id = lane.organization_id
                AND webhook_delivery.webhook_id = lane.webhook_id
                AND status = 'PENDING' AND next_attempt_at >= lane.since
                AND next_attempt_at <= :now AND id <> ALL(:busy)
            ORDER BY next_attempt_at, id
            LIMIT lane.room
        ) AS due
        JOIN event ON event.organization_id = due.organization_id AND event.id = due.event_id
        ORDER BY due.next_attempt_at, due.id
        """,
        {
            **KEYS,
            "rooms": sa.ARRAY(sa.Integer),
            "sinces": sa.ARRAY(sa.DateTime(timezone=True)),
            "now": sa.DateTime(timezone=True),
            "busy": sa.ARRAY(sa.Uuid),
        },
        list(Due.__annotations__),
    ),
    Due,
)
