"""What changes webhooks: each with its tally and its audit entry, in the caller's transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam

from db import audit, delivery_change, event_data, tally
from db.actor import Origin
from db.created import created_by
from db.errors import Conflict
from db.event import announce_to
from db.event_type import EventType, Happened
from db.news import Kind, News, gather
from db.organization import Organization
from db.statement import Connection, Statement, inserts, statement, table_of
from db.webhook import SHOWN, TABLE, Webhook, WebhookStatus
from db.webhook_lock import hold, lock, must_be_on

# Each event looks at all of an organization's webhooks.
MOST: Final = 1_000
ORGANIZATION = table_of(Organization)
# One creation at a time, so that two can't both be the last.
ROOM = statement(
    sa.select(ORGANIZATION.c.id)
    .where(ORGANIZATION.c.id == bindparam("organization_id"))
    .with_for_update(key_share=True)
)
INSERT = Statement(inserts(Webhook).returning(*SHOWN), Webhook)
CHANGE = Statement(
    sa.update(TABLE)
    .where(TABLE.c.organization_id == bindparam("organization_id"), TABLE.c.id == bindparam("id"))
    .values({c.name: bindparam(c.name, type_=c.type) for c in TABLE.c if not c.primary_key})
    .returning(*SHOWN),
    Webhook,
)


async def create(
    connection: Connection,
    organization_id: UUID,
    origin: Origin,
    id: UUID,
    stated: Mapping[str, Any],
) -> Webhook:
    """A new webhook; `id` is what its sealed secret is bound to. Conflict where there are too many.

    `stated` are its url, description, event_types and secret.
    """
    await ROOM.run(connection, organization_id=organization_id)
    if await tally.read(connection, organization_id, "webhook") >= MOST:
        raise Conflict(
            f"There are {MOST} webhooks already, and there can't be more. Delete one that isn't"
            " used, or let one webhook receive several types of events."
        )
    now = origin.now
    row = Webhook(
        organization_id=organization_id,
        id=id,
        created_at=now,
        updated_at=now,
        **created_by(origin.actor),
        **stated,
    )
    webhook = await INSERT.row(connection, **row.model_dump(), now=now)
    await tally.add(connection, organization_id, "webhook", 1)
    await _record(connection, origin, "created", webhook, event_types=webhook.event_types)
    return webhook


async def change(
    connection: Connection, origin: Origin, webhook: Webhook, stated: Mapping[str, Any]
) -> Webhook:
    """The locked webhook with what is stated in place of what was.

    Switched on after it was off, it starts afresh: what waits for it is due at once or in its time.
    """
    columns = dict(stated)
    was_off = webhook.status != WebhookStatus.ENABLED
    if was_off and columns.get("status") == WebhookStatus.ENABLED:
        columns |= {"failing_since": None, "failing_told": False}
        owner, id = webhook.organization_id, webhook.id
        gather(connection, [News(Kind.QUEUE, owner, id, id)])
    changed = await _written(connection, webhook, columns, origin.now)
    told = {name: stated[name] for name in ("event_types", "status") if name in stated}
    await _record(connection, origin, "updated", changed, fields=sorted(stated), **told)
    return changed


async def rotate_secret(
    connection: Connection,
    organization_id: UUID,
    origin: Origin,
    id: UUID,
    secret: bytes,
    overlap_ends: datetime,
) -> Webhook:
    """The webhook with a new sealed secret; the present one signs too until `overlap_ends`.

    An overlap that is still running ends: a webhook has two secrets at most.
    """
    webhook = await lock(connection, organization_id, id)
    overlaps = overlap_ends > origin.now
    stated = {
        "secret": secret,
        "previous_secret": webhook.secret if overlaps else None,
        "previous_secret_ends_at": overlap_ends if overlaps else None,
    }
    changed = await _written(connection, webhook, stated, origin.now)
    ends = changed.previous_secret_ends_at
    await _record(connection, origin, "secret_rotated", changed, previous_secret_ends_at=ends)
    return changed


async def delete(
    connection: Connection, organization_id: UUID, origin: Origin, id: UUID
) -> Webhook:
    """Take the webhook from every list and finder, and cancel what waits for it."""
    webhook = await lock(connection, organization_id, id)
    deleted = await _written(connection, webhook, {"deleted_at": origin.now}, origin.now)
    await delivery_change.cancel_pending(connection, organization_id, id, origin.now)
    await tally.add(connection, organization_id, "webhook", -1)
    await _record(connection, origin, "deleted", deleted)
    return deleted


async def test(connection: Connection, organization_id: UUID, origin: Origin, id: UUID) -> UUID:
    """Put a webhook.test event into the queue for this webhook alone; its delivery's id."""
    webhook = await hold(connection, organization_id, id, origin.now)
    must_be_on(webhook)
    await _record(connection, origin, "tested", webhook)
    happened = Happened(EventType.WEBHOOK_TEST, webhook.typeid, event_data.webhook(webhook))
    return await announce_to(connection, organization_id, origin, happened, id)


async def _written(
    connection: Connection, webhook: Any, stated: Mapping[str, Any], now: datetime
) -> Webhook:
    return await CHANGE.row(connection, **{**webhook, **stated, "updated_at": now}, now=now)


async def _record(
    connection: Connection, origin: Origin, what: str, webhook: Webhook, **changes: Any
) -> None:
    await audit.record(
        connection, webhook.organization_id, origin, f"webhook.{what}", webhook.typeid, changes
    )
