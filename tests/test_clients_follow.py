"""The reference clients of both ways to follow a subscription: graphql-ws and graphql-sse."""

import pytest

from db.scope import Scope
from tests.clients import following
from tests.socket_parts import HEAR, gate, opened, tell, until

WAYS = ["events", "socket"]
COUNT = "subscription { counted(to: 3) }"
COUNTED = [["next", {"data": {"counted": number}}] for number in range(3)]
GONE = "This API key is revoked."


@pytest.fixture
async def house(closed_house, monkeypatch):
    return await opened(closed_house, monkeypatch)


async def revoke(house, key):
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE api_key SET revoked_at = now() WHERE organization_id = $1 AND id = $2",
            key.organization,
            key.uuid,
        )
    house.cache.forget(key.uuid)


async def refused(client):
    """The answer that graphql-sse gives up at, having tried as often as it was told to."""
    assert [await client.said() for _ in range(3)] == [["connecting", True]] * 3
    told, (status, body) = await client.said()
    assert told == "error"
    return status, body["errors"][0]["message"]


@pytest.mark.parametrize("way", WAYS)
async def test_a_subscription_is_followed_to_its_end(house, way):
    async with following(way, house, await house.key(), COUNT) as client:
        assert [await client.said() for _ in range(4)] == [*COUNTED, ["complete", None]]


@pytest.mark.parametrize("way", WAYS)
async def test_a_query_is_answered(house, way):
    async with following(way, house, await house.key(), "{ caller }") as client:
        assert await client.said() == ["next", {"data": {"caller": "Test key"}}]
        assert await client.said() == ["complete", None]


@pytest.mark.parametrize("way", WAYS)
async def test_events_come_until_the_client_leaves(house, way):
    key = await house.key()
    async with following(way, house, key, HEAR) as client:
        await until(lambda: gate.passed == ["listening"])
        about = tell(house, key)
        assert await client.said() == ["next", {"data": {"heard": {"id": about}}}]
        client.stop()
        assert await client.said() == ["complete", None]
        await until(lambda: gate.passed == ["listening", "gone"])


@pytest.mark.parametrize(
    ("way", "wrong"),
    [
        ("events", ["next", "complete"]),
        ("socket", ["error"]),
    ],
)
async def test_what_is_not_valid_is_told(house, way, wrong):
    async with following(way, house, await house.key(), "{ nothing }") as client:
        assert [(await client.said())[0] for _ in wrong] == wrong


async def test_a_missing_scope_is_told(house):
    key = await house.key(scopes=[Scope.PRODUCTS_READ])
    message = "Subscription.heard needs the scope notifications.read."
    async with following("events", house, key, HEAR) as client:
        assert await refused(client) == (403, message)
    async with following("socket", house, key, HEAR) as client:
        told, [error] = await client.said()
        assert (told, error["message"]) == ("error", message)


async def test_a_revoked_key_ends_it_for_good(house):
    for way in WAYS:
        key = await house.key()
        async with following(way, house, key, HEAR) as client:
            await until(lambda: gate.passed[-1:] == ["listening"])
            await revoke(house, key)
            what, details = await client.said()
            if way == "events":
                [error] = details["errors"]
                assert (what, error["message"]) == ("next", GONE)
                assert await client.said() == ["complete", None]
            else:
                assert (what, details) == ("error", [4401, GONE])


async def test_events_are_followed_again_where_the_server_ends(house):
    key = await house.key()
    async with following("events", house, key, HEAR) as client:
        await until(lambda: gate.passed == ["listening"])
        house.server.close()

        assert await refused(client) == (503, "The server is ending.")
