"""What the tests of subscriptions share: what happens, and what is told of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from db import ids, webhook_change
from db.actor import OPERATOR, Origin
from db.database import Database
from db.notification import NotificationCategory
from db.notification_made import notify
from tests.house import House, Key
from tests.socket_parts import Client

ADDED = "subscription { notificationAdded { id category title status subject { id } } }"
UPDATED = """subscription($webhookId: ID) { webhookDeliveryUpdated(webhookId: $webhookId) {
  id webhookId status eventType payload attempts { number } webhook { id } } }"""


async def notified(
    database: Database,
    owner: UUID,
    now: datetime,
    title: str = "Hello",
    subject_id: str | None = None,
) -> None:
    """Something is told to the organization."""
    origin, category = Origin(OPERATOR, now), NotificationCategory.SYSTEM
    async with database.transaction() as connection:
        await notify(connection, owner, origin, category, title, "World", subject_id)


async def delivered(house: House, key: Key, webhook: str) -> str:
    """Something is sent to the webhook; the id of its delivery."""
    origin = Origin(OPERATOR, house.clock())
    async with house.database.transaction() as connection:
        id = await webhook_change.test(
            connection, key.organization, origin, ids.parsed("whk", webhook)
        )
    return ids.shown("dlv", id)


async def data(client: Client, field: str, id: str = "1") -> Any:
    """What the field shows in the next message."""
    message = await client.receive()
    assert (message["type"], message["id"]) == ("next", id), message
    assert "errors" not in message["payload"], message
    return message["payload"]["data"][field]
