"""Makes notifications, and mails of them, where an organization wants to be told."""

from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from db import ids
from db.actor import Origin
from db.event_type import Happened
from db.news import Kind, News, gather
from db.notification import NotificationCategory
from db.notification_settings import default
from db.notification_tally import COUNTING
from db.notification_text import one_line, text_of
from db.statement import Connection, Statement, worded

# The body, and the organization's slug.
LETTER: Final = (
    "%s\n\nTollhouse sent this for the organization %s. What is sent by mail, and where to, is"
    " changed by updateNotificationSettings.\n"
)
# All organizations share one queue, and a mail that waits in it for a day is given up: none of them
# may fill it. SECURITY is mailed in any case, so that nobody can hide it behind a flood.
MOST_MAILS: Final = 1_000
SPAN: Final = timedelta(hours=1)


class Made(NamedTuple):
    """A notification or a mail, by the kind of news that it is."""

    kind: str
    id: UUID


MAKE = Statement(
    worded(
        f"""
        WITH chosen AS (
            SELECT organization.slug, notification_settings.emails,
                coalesce((preferences -> :category ->> 'in_app')::boolean, :in_app) AS in_app,
                coalesce((preferences -> :category ->> 'email')::boolean, :email) AS email
            FROM organization LEFT JOIN notification_settings
                ON notification_settings.organization_id = organization.id
            WHERE organization.id = :organization_id
        ), made AS (
            INSERT INTO notification
                (organization_id, id, created_at, category, title, body, status, subject_id)
            SELECT :organization_id, :id, :now, :category, :title, :body, 'UNREAD', :subject_id
            FROM chosen WHERE chosen.in_app
            RETURNING id
        ), lately AS (
            SELECT count(*) AS mails FROM (
                SELECT FROM mail
                WHERE mail.organization_id = :organization_id AND mail.id >= :since
                LIMIT {MOST_MAILS}
            ) AS one
        ), mailed AS (
            INSERT INTO mail
                (organization_id, id, created_at, recipient, subject, body,
                status, next_attempt_at, attempt_count)
            -- A UUIDv7 of the same moment for each.
            SELECT :organization_id,
                CAST(left(CAST(:id AS text), 19)
                    || substr(CAST(gen_random_uuid() AS text), 20) AS uuid),
                :now, recipient, :title, format(:letter, :body, chosen.slug), 'PENDING', :now, 0
            FROM chosen CROSS JOIN unnest(chosen.emails) AS recipient
            WHERE chosen.email AND (
                :category = '{NotificationCategory.SECURITY}'
                OR (SELECT mails FROM lately) < {MOST_MAILS}
            )
            RETURNING id
        ), wanted AS (
            SELECT counted.noun, 1 AS change
            FROM made CROSS JOIN (VALUES ('notification'), ('unread')) AS counted (noun)
        ), {COUNTING}
        SELECT '{Kind.NOTIFICATION}' AS kind, id FROM made
        UNION ALL SELECT '{Kind.MAIL}', id FROM mailed
        """,  # noqa: S608  # all its parts are ours
        {
            "organization_id": sa.Uuid,
            "id": sa.Uuid,
            "now": sa.DateTime(timezone=True),
            "category": sa.Text,
            "in_app": sa.Boolean,
            "email": sa.Boolean,
            "title": sa.Text,
            "body": sa.Text,
            "letter": sa.Text,
            "subject_id": sa.Text,
            "since": sa.Uuid,
        },
        Made._fields,
    ),
    Made,
)


async def notify_of(
    connection: Connection, organization_id: UUID, origin: Origin, happened: Happened
) -> None:
    """Tell of an event, in the caller's transaction, where such events are told of."""
    telling = text_of(happened, origin)
    if telling:
        await notify(connection, organization_id, origin, *telling, happened.subject_id)


async def notify(  # noqa: PLR0913, PLR0917  # what a notification is made of
    connection: Connection,
    organization_id: UUID,
    origin: Origin,
    category: NotificationCategory,
    title: str,
    body: str,
    subject_id: str | None,
) -> None:
    """Tell the organization, in the caller's transaction, by the channels that it has chosen."""
    usual = default(category)
    made = await MAKE.all(
        connection,
        organization_id=organization_id,
        id=ids.new_uuid(origin.now),
        now=origin.now,
        category=category,
        in_app=usual.in_app,
        email=usual.email,
        # Whatever was typed by whom, it stays within its line.
        title=one_line(title),
        body=one_line(body),
        letter=LETTER,
        subject_id=subject_id,
        since=ids.new_uuid(origin.now - SPAN),
    )
    gather(connection, [News(Kind(row.kind), organization_id, row.id, row.id) for row in made])
