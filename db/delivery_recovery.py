"""Sends again all that failed for a webhook since a time: at once at first, then step by step."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam, func, literal_column

from db import audit, ids
from db.actor import Origin
from db.delivery import DeliveryStatus, WebhookDelivery, WebhookRecovery
from db.delivery_change import AGAIN, AT_ONCE, tell, tell_due
from db.delivery_list import first_id, first_id_after
from db.delivery_page import FITS, TABLE, Fit, first_ids
from db.errors import Conflict
from db.statement import Connection, Statement, constant, inserts, statement, table_of
from db.webhook_lock import is_on, lock, must_be_on

RECOVERY = table_of(WebhookRecovery)
OWNER = TABLE.c.organization_id == bindparam("organization_id")
AFTER, BEFORE = bindparam("after", type_=sa.Uuid), bindparam("before", type_=sa.Uuid)
FAILED: Final[Mapping[str, Fit]] = {
    "webhook_id": FITS["webhook_id"],
    "status": lambda rows: rows.c.status == constant(DeliveryStatus.FAILED),
    "range": lambda rows: sa.and_(rows.c.id > AFTER, rows.c.id < BEFORE),
}
COUNT = statement(
    sa.select(func.count())
    .select_from(TABLE)
    .where(OWNER, *[fit(TABLE) for fit in FAILED.values()])
)
NEXT = Statement(first_ids(FAILED, falls=False), WebhookDelivery)
# Those that somebody else has put back meanwhile are left alone.
AGAIN_ALL = Statement(
    sa.update(TABLE)
    .where(
        OWNER,
        TABLE.c.id == sa.any_(bindparam("ids", type_=sa.ARRAY(sa.Uuid))),
        TABLE.c.status == constant(DeliveryStatus.FAILED),
    )
    .values(AGAIN)
    .returning(TABLE.c.id),
    WebhookDelivery,
)
RUNNING = statement(
    sa.select(RECOVERY.c.id).where(
        RECOVERY.c.organization_id == bindparam("organization_id"),
        RECOVERY.c.webhook_id == bindparam("webhook_id"),
    )
)
INSERT = statement(inserts(WebhookRecovery))
# Any of them, so that a long one holds up nobody else's.
ANY = Statement(
    sa.select(RECOVERY)
    .order_by(func.random())
    .limit(literal_column("1"))
    .with_for_update(skip_locked=True),
    WebhookRecovery,
)
OWN = sa.and_(
    RECOVERY.c.organization_id == bindparam("organization_id"),
    RECOVERY.c.id == bindparam("id"),
)
COME_TO = statement(sa.update(RECOVERY).where(OWN).values(after=AFTER))
DONE = statement(sa.delete(RECOVERY).where(OWN))


async def retry_failed(
    connection: Connection, organization_id: UUID, origin: Origin, webhook_id: UUID, since: datetime
) -> int:
    """Put all that failed for a webhook since a time into the queue again; how many those are.

    What doesn't go into this transaction is left to `recover`. Conflict while that is under way.
    """
    webhook, now = await lock(connection, organization_id, webhook_id), origin.now
    must_be_on(webhook)
    if await RUNNING.value(connection, organization_id=organization_id, webhook_id=webhook_id):
        raise Conflict(
            "What failed for this webhook is being put back already. Ask again once no delivery of"
            " it from that time is FAILED any more, or retry single ones."
        )
    recovery = WebhookRecovery(
        organization_id=organization_id,
        id=ids.new_uuid(now),
        created_at=now,
        webhook_id=webhook_id,
        after=UUID(int=first_id(since).int - 1),
        before=first_id_after(now),
    )
    count: int = await COUNT.value(connection, **recovery.model_dump())
    after = await advance(connection, recovery, now)
    if after is not None:
        await INSERT.run(connection, **{**recovery.model_dump(), "after": after})
    changes = {"since": since, "retried": count}
    await audit.record(
        connection, organization_id, origin, "webhook.failed_retried", webhook.typeid, changes
    )
    return count


async def recover(connection: Connection, now: datetime, most: int = AT_ONCE) -> bool:
    """Take one step of any recovery that nobody else is at; whether there was one.

    Where its webhook is deleted or off meanwhile it ends: the rest stays FAILED.
    """
    recovery = await ANY.first(connection)
    if recovery is None:
        return False
    own: dict[str, Any] = {"organization_id": recovery.organization_id, "id": recovery.id}
    stays = await is_on(connection, recovery.organization_id, recovery.webhook_id, now)
    after = await advance(connection, recovery, now, most) if stays else None
    if after is None:
        await DONE.run(connection, **own)
    else:
        await COME_TO.run(connection, **own, after=after)
    return True


async def advance(
    connection: Connection, recovery: WebhookRecovery, now: datetime, most: int = AT_ONCE
) -> UUID | None:
    """Put the next ones back; how far that came, None where nothing is left."""
    owner, webhook_id = recovery.organization_id, recovery.webhook_id
    found = await NEXT.all(
        connection,
        organization_id=owner,
        webhook_id=webhook_id,
        after=recovery.after,
        before=recovery.before,
        most=most,
    )
    if found:
        some = [row.id for row in found]
        again = await AGAIN_ALL.all(connection, organization_id=owner, ids=some, now=now)
        tell(connection, owner, webhook_id, [row.id for row in again])
        tell_due(connection, owner, webhook_id)
    return found[-1].id if len(found) == most else None
