"""What an organization is told about its keys: once, whoever finds out and however often."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from db import ids
from db.actor import Actor, ActorKind, Origin
from db.api_key import ApiKey
from db.base import Row, moment
from db.notification import NotificationCategory
from db.notification_made import notify
from db.notification_text import quoted
from db.refusal import Refusal
from db.statement import Connection, Statement, worded


class ApiKeyRefusal(Row, table=True):
    """When it was last told that a key was refused for the address that it came from."""

    organization_id: UUID = Field(primary_key=True)
    api_key_id: UUID = Field(primary_key=True)
    told_at: datetime = moment()


class ApiKeyExpiryNotice(Row, table=True):
    """That it was told, some days ahead, that a key is about to expire at a time."""

    organization_id: UUID = Field(primary_key=True)
    api_key_id: UUID = Field(primary_key=True)
    expires_at: datetime = moment(primary_key=True)
    days: int = Field(primary_key=True)


class Told(NamedTuple):
    organization_id: UUID
    api_key_id: UUID


class Expiring(NamedTuple):
    organization_id: UUID
    id: UUID
    name: str
    expires_at: datetime


CHECK: Final = Actor(ActorKind.SYSTEM, "system", "Key check")
CLOCK: Final = Actor(ActorKind.SYSTEM, "system", "Expiry")
# How many days ahead it is told, and in which words; the spans don't overlap.
SPANS: Final = {7: (1, "within 7 days"), 1: (0, "within a day")}
TIME = sa.DateTime(timezone=True)
# In the order of ids, so that two writers can't deadlock: who comes second finds it told.
TELL_REFUSED = Statement(
    worded(
        """
        INSERT INTO api_key_refusal (organization_id, api_key_id, told_at)
        SELECT organization_id, api_key_id, told_at
        FROM unnest(:organization_ids, :api_key_ids, :times)
            AS refused (organization_id, api_key_id, told_at)
        ORDER BY organization_id, api_key_id
        ON CONFLICT (organization_id, api_key_id) DO UPDATE SET told_at = excluded.told_at
        WHERE api_key_refusal.told_at <= excluded.told_at - interval '24 hours'
        RETURNING organization_id, api_key_id
        """,
        {
            "organization_ids": sa.ARRAY(sa.Uuid),
            "api_key_ids": sa.ARRAY(sa.Uuid),
            "times": sa.ARRAY(TIME),
        },
        Told._fields,
    ),
    Told,
)
TELL_EXPIRING = Statement(
    worded(
        """
        WITH told AS (
            INSERT INTO api_key_expiry_notice (organization_id, api_key_id, expires_at, days)
            SELECT organization_id, id, expires_at, :days FROM api_key
            WHERE revoked_at IS NULL AND expires_at > :after AND expires_at <= :until
                AND created_at < expires_at - :days * interval '1 day'
                AND NOT EXISTS (
                    SELECT FROM api_key_expiry_notice AS known
                    WHERE known.organization_id = api_key.organization_id
                        AND known.api_key_id = api_key.id
                        AND known.expires_at = api_key.expires_at AND known.days = :days
                )
            ORDER BY expires_at, organization_id, id LIMIT :most
            ON CONFLICT DO NOTHING
            RETURNING organization_id, api_key_id
        )
        SELECT api_key.organization_id, api_key.id, api_key.name, api_key.expires_at
        FROM told JOIN api_key ON api_key.organization_id = told.organization_id
            AND api_key.id = told.api_key_id
        """,
        {"days": sa.Integer, "after": TIME, "until": TIME, "most": sa.Integer},
        Expiring._fields,
    ),
    Expiring,
)


async def tell_refused(connection: Connection, refusals: Sequence[Refusal]) -> None:
    """Tell of each key that was refused for its address for the first time in a day."""
    told = await TELL_REFUSED.all(
        connection,
        organization_ids=[refusal.organization_id for refusal in refusals],
        api_key_ids=[refusal.api_key_id for refusal in refusals],
        times=[refusal.at for refusal in refusals],
    )
    first = {row.api_key_id for row in told}
    for refusal in sorted(refusals):
        if refusal.api_key_id in first:
            await _tell_refused(connection, refusal)


async def _tell_refused(connection: Connection, refusal: Refusal) -> None:
    id, name = ids.shown(ApiKey.PREFIX, refusal.api_key_id), quoted(refusal.api_key_name)
    await notify(
        connection,
        refusal.organization_id,
        Origin(CHECK, refusal.at, refusal.address),
        NotificationCategory.SECURITY,
        f"API key {name} was refused at {refusal.address}",
        f"The API key {name} ({id}) was used from {refusal.address}, which its IP rules don't"
        " allow, and was refused. If that was one of you, add the address to its rules; if not,"
        " somebody else has its token: rotate the key, or revoke it. For each key this is told"
        " once in 24 hours.",
        id,
    )


async def tell_expiring(connection: Connection, now: datetime, most: int = 200) -> int:
    """Tell of keys that are about to expire, of all organizations; how many there were.

    Each expiry is told once for each span, whichever process comes first. A key whose whole life
    is no longer than the span isn't news.
    """
    count = 0
    for days, (nearer, words) in SPANS.items():
        after, until = now + timedelta(days=nearer), now + timedelta(days=days)
        values = {"days": days, "after": after, "until": until, "most": most}
        keys = await TELL_EXPIRING.all(connection, **values)
        for key in keys:
            await _tell_expiring(connection, key, now, words)
        count += len(keys)
    return count


async def _tell_expiring(connection: Connection, key: Expiring, now: datetime, words: str) -> None:
    id, name = ids.shown(ApiKey.PREFIX, key.id), quoted(key.name)
    await notify(
        connection,
        key.organization_id,
        Origin(CLOCK, now),
        NotificationCategory.API_KEYS,
        f"API key {name} expires {words}",
        f"The API key {name} ({id}) expires on {key.expires_at:%Y-%m-%d at %H:%M} UTC. From then"
        " on each request with its token is refused. Give it a later expiry, or put another key"
        " in its place.",
        id,
    )
