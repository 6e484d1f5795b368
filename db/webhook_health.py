"""Whether a webhook's endpoint works: what becomes of it while every attempt fails."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam

from db import audit, event_data, ids
from db.actor import Actor, ActorKind, Origin
from db.event import announce
from db.event_type import EventType, Happened
from db.notification import NotificationCategory
from db.notification_made import notify
from db.notification_text import host_of
from db.statement import Connection, Statement, constant, statement
from db.webhook import ONE, TABLE, Webhook, WebhookStatus

TOLD_AFTER: Final = timedelta(minutes=30)
OFF_AFTER: Final = timedelta(days=5)
WORKER: Final = Actor(ActorKind.SYSTEM, "system", "Delivery")
OWN = sa.and_(
    TABLE.c.organization_id == bindparam("organization_id"), TABLE.c.id == bindparam("id")
)
IS_ON = sa.and_(TABLE.c.status == constant(WebhookStatus.ENABLED), TABLE.c.deleted_at.is_(None))
LOCKED = Statement(
    sa.select(TABLE.c.url, TABLE.c.failing_since, TABLE.c.failing_told)
    .where(OWN, IS_ON)
    .with_for_update(),
    Webhook,
)
NOW = bindparam("now", type_=sa.DateTime(timezone=True))
FAILING = statement(sa.update(TABLE).where(OWN).values(failing_since=NOW))
TOLD = statement(sa.update(TABLE).where(OWN).values(failing_told=True))
WELL = statement(
    sa.update(TABLE)
    .where(OWN, TABLE.c.failing_since.is_not(None))
    .values(failing_since=sa.null(), failing_told=False)
)
OFF = statement(
    sa.update(TABLE)
    .where(OWN)
    .values(status=constant(WebhookStatus.FAILING_DISABLED), updated_at=NOW)
)


def needs_a_look(
    failing_since: datetime | None, now: datetime, *, told: bool, gone: bool = False
) -> bool:
    """Whether a failed attempt changes anything: most of them don't, and cost no statement."""
    if failing_since is None or gone:
        return True
    span = now - failing_since
    return span >= OFF_AFTER or (span >= TOLD_AFTER and not told)


async def worked(connection: Connection, organization_id: UUID, id: UUID) -> None:
    """An attempt has succeeded after some that failed."""
    await WELL.run(connection, organization_id=organization_id, id=id)


async def failed(
    connection: Connection, organization_id: UUID, id: UUID, now: datetime, *, gone: bool = False
) -> None:
    """An attempt has failed; `gone` where the endpoint said that it is no more (410)."""
    own: dict[str, Any] = {"organization_id": organization_id, "id": id}
    row = await LOCKED.first(connection, **own)
    if row is None:
        return
    if gone or (row.failing_since is not None and now - row.failing_since >= OFF_AFTER):
        await _switch_off(connection, organization_id, id, now, gone=gone)
    elif row.failing_since is None:
        await FAILING.run(connection, **own, now=now)
    elif now - row.failing_since >= TOLD_AFTER and not row.failing_told:
        await TOLD.run(connection, **own)
        host, since = host_of(row.url), f"{row.failing_since:%Y-%m-%d %H:%M} UTC"
        body = (
            f"Nothing has reached {host} since {since}. What fails is tried again; after 5 days"
            " without success the webhook is switched off. webhookDeliveries tells what it answers."
        )
        await notify(
            connection,
            organization_id,
            Origin(WORKER, now),
            NotificationCategory.WEBHOOKS,
            f"The webhook to {host} fails",
            body,
            ids.shown(Webhook.PREFIX, id),
        )


async def _switch_off(
    connection: Connection, organization_id: UUID, id: UUID, now: datetime, *, gone: bool
) -> None:
    own: dict[str, Any] = {"organization_id": organization_id, "id": id}
    await OFF.run(connection, **own, now=now)
    webhook = await ONE.row(connection, **own, now=now)
    origin, reason = Origin(WORKER, now), "gone" if gone else "failing"
    await audit.record(
        connection, organization_id, origin, "webhook.disabled", webhook.typeid, {"reason": reason}
    )
    happened = Happened(EventType.WEBHOOK_DISABLED, webhook.typeid, event_data.webhook(webhook))
    await announce(connection, organization_id, origin, happened, but=id)
