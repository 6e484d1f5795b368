"""What clients are told as it happens: each their own organization's, from whatever process."""

from collections.abc import AsyncGenerator

import orjson
import pytest
import strawberry

import execution.gate
from db import ids
from db.actor import OPERATOR, Origin
from db.event import announce_to
from db.event_type import EventType, Happened
from db.scope import Scope
from resolvers.root import api
from schema.guards import SCOPE, marks_of
from schema.walk import Unguarded, is_guarded, must_be_guarded, resolved_fields
from tests.furnished import webhook_furnished
from tests.socket_parts import connected
from tests.told_parts import ADDED, UPDATED, data, delivered, notified

FIELDS = {
    "notificationAdded": (ADDED, Scope.NOTIFICATIONS_READ),
    "webhookDeliveryUpdated": (
        "subscription { webhookDeliveryUpdated { id } }",
        Scope.WEBHOOKS_QUEUE_READ,
    ),
}
CANCEL = """mutation($input: CancelWebhookDeliveryInput!) {
  cancelWebhookDelivery(input: $input) { delivery { id status } } }"""


@strawberry.type(name="Query")
class Query:
    number: int


@strawberry.type(name="Subscription")
class Bare:
    """One field is marked as if its parent guarded it, the other not at all."""

    @strawberry.subscription
    def events(self) -> AsyncGenerator[int, None]: ...

    @strawberry.subscription(metadata={SCOPE: None})
    def left(self) -> AsyncGenerator[int, None]: ...


def test_every_subscription_is_here_and_guarded():
    fields = {
        name: field for name, field in resolved_fields(api) if name.startswith("Subscription.")
    }

    assert {name.partition(".")[2] for name in fields} == set(FIELDS)
    for name, field in fields.items():
        assert is_guarded(name, field)
        assert marks_of(field)[SCOPE] is FIELDS[name.partition(".")[2]][1]


def test_a_subscription_that_anybody_could_call_is_found():
    with pytest.raises(
        Unguarded, match=r"public or nested: Subscription\.events, Subscription\.left\."
    ):
        must_be_guarded(strawberry.Schema(Query, subscription=Bare))


@pytest.mark.parametrize("line", ["first", "second"])
@pytest.mark.parametrize("name", FIELDS)
async def test_a_subscription_needs_its_scope(house, name, line, monkeypatch):
    if line == "second":
        monkeypatch.setattr(execution.gate, "must_hold_scopes", lambda *_: None)
    query, scope = FIELDS[name]
    key = await house.key(scopes=set(Scope) - {scope})
    async with connected(house, key) as client:
        with house.counting() as statements:
            await client.subscribe("1", query)
            message = await client.receive()

        [refused] = message["payload"]
        assert message["type"] == "error"
        assert refused["message"] == f"Subscription.{name} needs the scope {scope}."
        assert refused["extensions"]["missing"] == [scope]
        await client.settled()
    assert statements == []


@pytest.mark.parametrize("name", FIELDS)
async def test_its_scope_alone_is_enough(house, name):
    query, scope = FIELDS[name]
    query = query.replace("subject { id }", "")
    key = await house.key(scopes=[scope])
    async with connected(house, key) as client:
        await client.subscribe("1", query)
        await client.settled()
        await notified(house.database, key.organization, house.clock())
        _, waiting, _ = await webhook_furnished(house, key.organization)

        row = await data(client, name)
        assert row["id"].startswith("ntf_") or row["id"] == waiting


async def test_each_new_notification_is_told(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", ADDED)
        await client.settled()
        for title in ("One", "Two"):
            with house.counting() as statements:
                await notified(
                    house.database, key.organization, house.clock(), title, subject_id=key.id
                )
                row = await data(client, "notificationAdded")
            id = row.pop("id")
            assert row == {
                "category": "SYSTEM",
                "title": title,
                "status": "UNREAD",
                "subject": {"id": key.id},
            }
            # Its making, the row itself, and what it is about.
            assert len([each for each in statements if each.startswith("SELECT")]) == 2
            answer = await house.ask(key, "query($id: ID!) { node(id: $id) { id } }", id=id)
            assert answer.data == {"node": {"id": id}}


async def test_a_delivery_is_told_when_it_is_new_and_when_it_changes(house):
    key = await house.key()
    webhook, waiting, _ = await webhook_furnished(house, key.organization)
    async with connected(house, key) as client:
        await client.subscribe("1", UPDATED)
        await client.settled()
        delivery = await delivered(house, key, webhook)
        row = await data(client, "webhookDeliveryUpdated")
        assert orjson.loads(row.pop("payload"))["type"] == "webhook.test"
        expected = {
            "id": delivery,
            "webhookId": webhook,
            "status": "PENDING",
            "eventType": "WEBHOOK_TEST",
            "attempts": [],
            "webhook": {"id": webhook},
        }
        assert row == expected
        answer = await house.ask(key, CANCEL, input={"id": waiting})
        assert answer.data["cancelWebhookDelivery"]["delivery"]["status"] == "CANCELLED"
        row = await data(client, "webhookDeliveryUpdated")
        assert (row["id"], row["status"]) == (waiting, "CANCELLED")


async def test_the_deliveries_of_one_webhook_can_be_told_alone(house):
    key = await house.key()
    mine, _, _ = await webhook_furnished(house, key.organization)
    other, _, _ = await webhook_furnished(house, key.organization)
    async with connected(house, key) as client:
        await client.subscribe("1", UPDATED, webhookId=mine)
        await client.subscribe("all", UPDATED, webhookId=None)
        await client.settled()
        await delivered(house, key, other)
        assert (await data(client, "webhookDeliveryUpdated", "all"))["webhookId"] == other
        await client.settled()
        await delivered(house, key, mine)
        told = {message["id"]: message for message in await client.received(2)}
        assert set(told) == {"1", "all"}
        shown = told["1"]["payload"]["data"]["webhookDeliveryUpdated"]
        assert shown["webhookId"] == mine


@pytest.mark.parametrize("id", ["", "x", "ntf_01m8848cpwer09kyy0znvy0kcc", "whk_"])
async def test_an_id_of_no_webhook_is_refused(house, id):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", UPDATED, webhookId=id)
        message = await client.receive()

        [refused] = message["payload"]
        assert message["type"] == "error"
        assert refused["extensions"]["code"] == "INVALID_INPUT"
        fault = {
            "path": "webhookId",
            "message": "must be whk_ and 26 letters or digits",
        }
        assert refused["extensions"]["fields"] == [fault]
        assert refused["path"] == ["webhookDeliveryUpdated"]


async def test_a_payload_is_shown_to_whom_may_read_its_resource(house):
    key = await house.key(scopes=[Scope.WEBHOOKS_QUEUE_READ, Scope.WEBHOOKS_READ])
    webhook, _, _ = await webhook_furnished(house, key.organization)
    async with connected(house, key) as client:
        await client.subscribe("1", UPDATED)
        await client.settled()
        await delivered(house, key, webhook)
        assert (await data(client, "webhookDeliveryUpdated"))["payload"] is not None
        happened = Happened(EventType.PRODUCT_CREATED, "prod_x", {"id": "prod_x"})
        origin = Origin(OPERATOR, house.clock())
        about = ids.parsed("whk", webhook)
        async with house.database.transaction() as connection:
            await announce_to(connection, key.organization, origin, happened, about)
        row = await data(client, "webhookDeliveryUpdated")
        assert (row["eventType"], row["payload"]) == ("PRODUCT_CREATED", None)
