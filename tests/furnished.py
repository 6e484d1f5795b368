"""An organization with one object of every noun, for operations that are made up."""

from decimal import Decimal
from uuid import UUID

import db.invoice_change
import db.product_change
from db import delivery_change, ids, webhook_change
from db.actor import OPERATOR, Origin
from db.delivery import WebhookDelivery
from db.event_type import EventType
from db.notification import NotificationCategory
from db.notification_made import notify
from db.scope import Scope
from tests.field_inputs import ENDED
from tests.house import House
from tests.recorder import OWNED

PRICE = Decimal("2.50")


async def furnished(house: House, owner: UUID, scope: Scope) -> dict[str, str]:
    """The id of one object of each noun; the key has no more than the scope.

    The invoice sells a product of its own, so that it keeps it.
    """
    now = house.clock()
    origin = Origin(OPERATOR, now)
    stated = {"name": "Tea", "price_amount": PRICE, "price_currency": "EUR"}
    async with house.database.transaction() as connection:
        product = await db.product_change.create(connection, owner, origin, stated)
        sold = await db.product_change.create(connection, owner, origin, stated)
        lines = [db.invoice_change.NewLine(sold.id, "Tea", 2, PRICE)]
        invoice = await db.invoice_change.create(connection, owner, origin, {}, "EUR", lines)
    key = await house.key(owner, [scope])
    webhook, waiting, ended = await webhook_furnished(house, owner)
    return {
        "ApiKey": key.id,
        "Invoice": invoice.typeid,
        "Member": ids.shown("mem", ids.new_uuid(now)),
        "Notification": await notification_furnished(house, owner, product.typeid),
        "Organization": ids.shown("org", owner),
        "Product": product.typeid,
        "Webhook": webhook,
        "WebhookDelivery": waiting,
        ENDED: ended,
    }


async def notification_furnished(house: House, owner: UUID, subject_id: str) -> str:
    """The id of an unread notification about the subject, the newest of its organization."""
    origin, category = Origin(OPERATOR, house.clock()), NotificationCategory.INVOICES
    async with house.database.transaction() as connection:
        await notify(connection, owner, origin, category, "Hello", "World", subject_id)
        id = await connection.fetchval(
            "SELECT id FROM notification WHERE organization_id = $1 ORDER BY id DESC LIMIT 1", owner
        )
    return ids.shown("ntf", id)


async def webhook_furnished(house: House, owner: UUID) -> tuple[str, str, str]:
    """The ids of a webhook, of a delivery that waits for it, and of one that was cancelled."""
    origin = Origin(OPERATOR, house.clock())
    id = ids.new_uuid(origin.now)
    stated = {
        "url": "https://hooks.test/furnished",
        "event_types": [EventType.WEBHOOK_TEST],
        "secret": house.encryption.encrypt(b"secret", id.bytes),
    }
    async with house.database.transaction() as connection:
        webhook = await webhook_change.create(connection, owner, origin, id, stated)
        waiting, ended = [
            await webhook_change.test(connection, owner, origin, id) for _ in range(2)
        ]
        await delivery_change.cancel(connection, owner, origin, ended)
    prefix = WebhookDelivery.PREFIX
    return webhook.typeid, ids.shown(prefix, waiting), ids.shown(prefix, ended)


async def all_of(house: House, owner: UUID) -> dict[str, list[str]]:
    """All rows that belong to an organization, as text."""
    async with house.database.reading() as connection:
        return {
            table: [
                row["text"]
                for row in await connection.fetch(
                    f"SELECT t::text AS text FROM {table} t WHERE organization_id = $1 ORDER BY 1",
                    owner,
                )
            ]
            for table in OWNED
        }
