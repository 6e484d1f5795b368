"""The queue through the API: what a delivery shows, and what can be done about one."""

import orjson
import pytest

from db.event import Event
from db.ids import parsed, prefix_of
from db.scope import ALL_SCOPES, Scope
from tests.hooks import (
    DELETE,
    LIST_DELIVERIES,
    READ_DELIVERY,
    TEST,
    changed,
    happen,
    hook,
    read,
)
from tests.shop import opened_still, shown

WITH_WEBHOOK = "query($id: ID!) { webhookDelivery(id: $id) { webhook { id url } } }"
PAGE = """{ webhookDeliveries(first: 100) { nodes { id payload attempts { number }
  webhook { id } } } }"""
KEPT = "SELECT to_jsonb(d)::text FROM webhook_delivery d WHERE organization_id = $1 ORDER BY 1"
ATTEMPT = """INSERT INTO delivery_attempt (organization_id, delivery_id, number, started_at,
  duration_ms, response_status, response_body, error)
  VALUES ($1, $2, $3, $4, 12, 500, 'no', NULL)"""


@pytest.fixture
async def key(house):
    return await house.key()


@pytest.fixture
async def webhook(house, key):
    return (await hook(house, key))["id"]


async def attempt(house, owner, id, *numbers):
    async with house.database.transaction() as connection:
        for number in numbers:
            await connection.execute(
                ATTEMPT, owner, parsed("dlv", id), number, house.clock.now.replace(microsecond=0)
            )


async def test_a_delivery_shows_its_event_and_its_attempts(closed_house):
    house = await opened_still(closed_house)
    key = await house.key()
    webhook = (await hook(house, key))["id"]

    made = (await changed(house, key, TEST, id=webhook))["delivery"]
    await attempt(house, key.organization, made["id"], 2, 1)

    now = shown(house.clock.now)
    body = orjson.loads(made["payload"])
    assert made == {
        "id": made["id"],
        "webhookId": webhook,
        "eventType": "WEBHOOK_TEST",
        "messageId": made["messageId"],
        "payload": made["payload"],
        "status": "PENDING",
        "nextAttemptAt": now,
        "createdAt": now,
        "completedAt": None,
        "attempts": [],
    }
    assert prefix_of(made["messageId"]) == Event.PREFIX
    assert (body["type"], body["timestamp"], body["data"]["id"]) == ("webhook.test", now, webhook)
    started = shown(house.clock.now.replace(microsecond=0))
    attempts = [
        {
            "number": number,
            "startedAt": started,
            "durationMs": 12,
            "responseStatus": 500,
            "responseBody": "no",
            "error": None,
        }
        for number in (1, 2)
    ]
    assert await read(house, key, READ_DELIVERY, id=made["id"]) == {**made, "attempts": attempts}


async def test_of_many_attempts_the_latest_are_shown(house, key, webhook):
    [id] = await happen(house, key.organization, webhook)
    await attempt(house, key.organization, id, *range(1, 31))

    attempts = (await read(house, key, READ_DELIVERY, id=id))["attempts"]

    assert [one["number"] for one in attempts] == list(range(7, 31))


async def test_a_page_costs_a_statement_for_each_thing_it_shows(house, key, webhook):
    ids = await happen(house, key.organization, webhook, times=30)
    await attempt(house, key.organization, ids[3], 1)
    await read(house, key, LIST_DELIVERIES)

    with house.counting() as statements:
        page = (await house.ask(key, PAGE)).data["webhookDeliveries"]["nodes"]

    assert [node["id"] for node in page] == ids[::-1]
    assert [len(node["attempts"]) for node in page] == [0] * 26 + [1] + [0] * 3
    assert {node["webhook"]["id"] for node in page} == {webhook}
    # The driver asks for what it doesn't know of a type yet.
    assert len([statement for statement in statements if "organization_id" in statement]) == 4


async def test_the_webhook_of_a_delivery_needs_its_scope_and_is_null_once_deleted(
    house, key, webhook
):
    [id] = await happen(house, key.organization, webhook)
    other = await house.key(key.organization, ALL_SCOPES - {Scope.WEBHOOKS_READ})

    assert (await house.ask(other, WITH_WEBHOOK, id=id)).status == 403
    assert (await read(house, key, WITH_WEBHOOK, id=id))["webhook"]["id"] == webhook
    await changed(house, key, DELETE, id=webhook)
    assert (await read(house, key, WITH_WEBHOOK, id=id))["webhook"] is None
    assert (await read(house, key, READ_DELIVERY, id=id))["webhookId"] == webhook
