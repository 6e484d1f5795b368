"""Bodies of all events that happen, made by the house and written as documents have them."""

import re
from datetime import UTC, datetime
from typing import Any

import orjson

import db.webhook
from db import event_data, invoice_change
from db.actor import OPERATOR, Origin
from db.event import announce
from db.event_type import EventType, Happened
from db.webhook import WebhookStatus
from tests.event_parts import events, subscribe
from tests.house import House, Key
from tests.shop import CREATE_PRODUCT, DELETE_PRODUCT, UPDATE_PRODUCT, StillClock, bill

BEGIN = datetime(2026, 11, 23, 17, 8, 16, 250000, tzinfo=UTC)
# What is random in an id and in a token, and what stands for it in documents.
RANDOM_IN_ID = re.compile(r"\b((?:inv|ipr|key|prod|whk)_[0-9a-z]{12})[0-9a-z]{14}\b")
HINT = re.compile(r'"th_[^"]*"')

BEANS = {"name": "Espresso beans, 1 kg", "price": {"amount": "24.90", "currency": "EUR"}}
CREATE_KEY = (
    "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } } }"
)
ROBOT = {
    "name": "Robot",
    "environment": "production",
    "scopes": ["INVOICES_READ", "PRODUCTS_READ"],
    "ipRules": [{"cidr": "192.0.2.0/24", "note": "The office"}],
}
CHANGES = {
    "update": {"description": "Prints labels"},
    "rotate": {"overlapSeconds": 3600},
    "delete": {},
}
HOOK = (EventType.INVOICE_CREATED, EventType.WEBHOOK_DISABLED)


async def examples(house: House) -> dict[str, str]:
    """The body of each event, by its type; the house hasn't been opened yet."""
    clock = StillClock()
    clock.now, house.clock = BEGIN, clock
    await house.open()
    key = await house.key(name="Shop")
    clock.advance(minutes=5)
    await _products(house, key)
    await _invoices(house, key)
    await _keys(house, key)
    await _webhooks(house, key)
    # The first is about the key that all the others are made with.
    made = (await events(house.database, key.organization))[1:]
    return {row["type"]: shown(row["payload"]) for row in made}


def shown(payload: str) -> str:
    """The body, indented, and the same for each run."""
    text = RANDOM_IN_ID.sub(r"\1bvxrq4ne5cs92k", payload)
    text = HINT.sub('"th_Ab3dE5gH7jK9_...x7Qa"', text)
    return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()


async def _products(house: House, key: Key) -> None:
    stated = {**BEANS, "sku": "BEAN-ESP-1", "metadata": {"shelf": "7"}}
    answer = await house.ask(key, CREATE_PRODUCT, input=stated)
    id = answer.data["createProduct"]["product"]["id"]
    house.clock.advance(minutes=5)
    await house.ask(key, UPDATE_PRODUCT, input={"id": id, "active": False})
    house.clock.advance(minutes=5)
    await house.ask(key, DELETE_PRODUCT, input={"id": id})


async def _invoices(house: House, key: Key) -> None:
    house.clock.advance(minutes=5)
    line = {"description": BEANS["name"], "quantity": 12, "unitPrice": BEANS["price"]}
    stated: dict[str, Any] = {
        "customerName": "Ada Bakery",
        "customerEmail": "orders@bakery.test",
        "memo": "Order 1066",
        "expiresAt": "2026-11-24T17:00:00Z",
        "metadata": {"order": "1066"},
    }
    await bill(house, key, line, **stated)
    house.clock.advance(days=1)
    async with house.database.transaction() as connection:
        await invoice_change.expire_due(connection, house.clock())


async def _keys(house: House, key: Key) -> None:
    answer = await house.ask(key, CREATE_KEY, input=ROBOT)
    id = answer.data["createApiKey"]["apiKey"]["id"]
    for verb, stated in CHANGES.items():
        house.clock.advance(minutes=5)
        kind = f"{verb.title()}ApiKeyInput"
        change = (
            f"mutation($input: {kind}!) {{ {verb}ApiKey(input: $input) {{ apiKey {{ id }} }} }}"
        )
        await house.ask(key, change, input={"id": id, **stated})


async def _webhooks(house: House, key: Key) -> None:
    house.clock.advance(minutes=5)
    now, owner = house.clock(), key.organization
    about = {"description": "The shop", "url": "https://shop.example/hooks"}
    for type_, status in (
        (EventType.WEBHOOK_TEST, WebhookStatus.ENABLED),
        (EventType.WEBHOOK_DISABLED, WebhookStatus.FAILING_DISABLED),
    ):
        id = await subscribe(house.database, owner, now, *HOOK, status=status, **about)
        async with house.database.transaction() as connection:
            row = await db.webhook.find(connection, owner, id, now)
            assert row is not None
            happened = Happened(type_, row.typeid, event_data.webhook(row))
            await announce(connection, owner, Origin(OPERATOR, now), happened, but=id)
