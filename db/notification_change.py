"""What marks notifications, each with the count of those that are unread."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from db.errors import NotFound
from db.notification import Notification, NotificationCategory, NotificationStatus
from db.notification_tally import COUNTING
from db.statement import Connection, Statement, table_of, worded

TIME = sa.DateTime(timezone=True)
START: Final = UUID(int=0)
# In the order of ids, so that two who mark the same ones can't wait for each other.
MARKING = f"""
    ), marked AS (
        UPDATE notification SET status = 'READ', read_at = :now FROM due
        WHERE notification.organization_id = :organization_id AND notification.id = due.id
        RETURNING notification.id
    ), wanted AS (
        SELECT 'unread' AS noun, -count(*) AS change FROM marked HAVING count(*) > 0
    ), {COUNTING}
    SELECT (SELECT count(*) FROM marked) AS updated,
        (SELECT due.id FROM due ORDER BY due.id DESC LIMIT 1) AS last
"""  # noqa: S608  # all its parts are ours


class Marked(NamedTuple):
    """How many were marked, and the last of them: None where there was none."""

    updated: int
    last: UUID | None


SOME = Statement(
    worded(
        f"""
        WITH due AS (
            SELECT id FROM notification
            WHERE notification.organization_id = :organization_id
                AND id = ANY(:ids) AND status = 'UNREAD'
            ORDER BY id FOR UPDATE
        {MARKING}
        """,  # noqa: S608  # all its parts are ours
        {"organization_id": sa.Uuid, "ids": sa.ARRAY(sa.Uuid), "now": TIME},
        Marked._fields,
    ),
    Marked,
)


def _many(narrowed: str = "") -> Statement[Marked]:
    words = f"""
        WITH due AS (
            SELECT id FROM notification
            WHERE notification.organization_id = :organization_id AND status = 'UNREAD'
                AND id > :after AND created_at <= :now {narrowed}
            ORDER BY id LIMIT :most FOR UPDATE
        {MARKING}
        """  # noqa: S608  # all its parts are ours
    types = {
        "organization_id": sa.Uuid,
        "after": sa.Uuid,
        "now": TIME,
        "most": sa.Integer,
        **({"category": sa.Text} if narrowed else {}),
    }
    return Statement(worded(words, types, Marked._fields), Marked)


MANY, MANY_OF_CATEGORY = _many(), _many("AND category = :category")
SHOWN = [column.name for column in table_of(Notification).columns]
SET = Statement(
    worded(
        f"""
        WITH previous AS (
            SELECT id, status FROM notification
            WHERE notification.organization_id = :organization_id AND id = :id FOR UPDATE
        ), changed AS (
            UPDATE notification SET status = :status, read_at = CASE :status
                WHEN 'UNREAD' THEN NULL
                WHEN 'READ' THEN coalesce(notification.read_at, :now)
                ELSE notification.read_at END
            FROM previous
            WHERE notification.organization_id = :organization_id AND notification.id = previous.id
            RETURNING notification.*, previous.status AS previous_status
        ), wanted AS (
            SELECT 'unread' AS noun, CASE status WHEN 'UNREAD' THEN 1 ELSE -1 END AS change
            FROM changed WHERE (status = 'UNREAD') <> (previous_status = 'UNREAD')
        ), {COUNTING}
        SELECT {", ".join(SHOWN)} FROM changed
        """,  # noqa: S608  # all its parts are ours
        {"organization_id": sa.Uuid, "id": sa.Uuid, "status": sa.Text, "now": TIME},
        SHOWN,
    ),
    Notification,
)


async def mark_read(
    connection: Connection, organization_id: UUID, ids: Sequence[UUID], now: datetime
) -> int:
    """Mark those that are there and unread; how many they were."""
    marked = await SOME.row(connection, organization_id=organization_id, ids=ids, now=now)
    return marked.updated


async def mark_next_read(  # the parts of one step
    connection: Connection,
    organization_id: UUID,
    category: NotificationCategory | None,
    now: datetime,
    after: UUID = START,
    most: int = 10_000,
) -> Marked:
    """Mark the oldest unread ones beyond `after` that were there at `now`: one step of many."""
    values = {"organization_id": organization_id, "after": after, "now": now, "most": most}
    if category is None:
        return await MANY.row(connection, **values)
    return await MANY_OF_CATEGORY.row(connection, **values, category=category)


async def set_status(
    connection: Connection,
    organization_id: UUID,
    id: UUID,
    status: NotificationStatus,
    now: datetime,
) -> Notification:
    """Any status for any other; what becomes unread has not been read. NotFound."""
    values = {"organization_id": organization_id, "id": id, "status": status, "now": now}
    row = await SET.first(connection, **values)
    if row is None:
        raise NotFound("There is no such notification.")
    return row
