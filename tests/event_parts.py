"""What tests of events share: webhooks that hear of them, and what was written down of each."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from db import ids
from db.actor import OPERATOR
from db.created import created_by
from db.event_type import EventType
from db.statement import inserts, statement
from db.webhook import Webhook, WebhookStatus

INSERT = statement(inserts(Webhook))
URL = "https://shop.test/hooks"
SECRET = b"a secret that nobody is to be sent"


async def subscribe(
    database: Any, owner: UUID, now: datetime, *types: EventType, **stated: Any
) -> UUID:
    """A webhook that is there already when the test begins."""
    row = Webhook(
        organization_id=owner,
        id=ids.new_uuid(now),
        created_at=now,
        updated_at=now,
        secret=SECRET,
        **{"url": URL, "event_types": list(types), "status": WebhookStatus.ENABLED, **stated},
        **created_by(OPERATOR),
    )
    async with database.transaction() as connection:
        await INSERT.run(connection, **row.model_dump())
    return row.id


async def events(database: Any, owner: UUID) -> list[Any]:
    """The events of an organization, in their order."""
    async with database.reading() as connection:
        return await connection.fetch(
            "SELECT * FROM event WHERE event.organization_id = $1 ORDER BY id", owner
        )


async def told(database: Any, owner: UUID) -> list[tuple[str, Any]]:
    """Each event's type and data, in their order."""
    bodies = [orjson.loads(event["payload"]) for event in await events(database, owner)]
    return [(body["type"], body["data"]) for body in bodies]


async def deliveries(database: Any, owner: UUID) -> list[Any]:
    async with database.reading() as connection:
        return await connection.fetch(
            "SELECT * FROM webhook_delivery d WHERE d.organization_id = $1 ORDER BY id", owner
        )


async def sent_to(database: Any, owner: UUID) -> dict[UUID, str]:
    """The status of the one delivery that each webhook has."""
    rows = await deliveries(database, owner)
    assert len({row["webhook_id"] for row in rows}) == len(rows)
    return {row["webhook_id"]: row["status"] for row in rows}
