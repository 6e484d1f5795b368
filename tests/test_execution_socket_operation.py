"""What an operation of a socket comes to, and what becomes of one that is stopped."""

import pytest

import execution.documents
from db.scope import Scope
from execution.compiled.program import Program
from tests.socket_parts import (
    COUNT,
    HEAR,
    WAIT,
    connected,
    gate,
    next_heard,
    opened,
    tell,
)

NOTIFICATIONS = [Scope.NOTIFICATIONS_READ]


@pytest.fixture
async def house(closed_house, monkeypatch):
    return await opened(closed_house, monkeypatch)


def error(code, message, **more):
    return {"message": message, "extensions": {"code": code, **more}}


async def answer(client, query, **variables):
    await client.subscribe("1", query, **variables)
    message = await client.receive()
    assert message["id"] == "1"
    return message["type"], message["payload"]


async def test_a_query_comes_to_one_answer(house):
    key = await house.key(name="Till")
    async with connected(house, key) as client:
        assert await answer(client, "{ caller }") == ("next", {"data": {"caller": "Till"}})
        assert await client.receive() == {"type": "complete", "id": "1"}
        # Its id is free again.
        assert await answer(client, "{ __typename }") == ("next", {"data": {"__typename": "Query"}})


async def test_a_subscription_may_come_to_an_end(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("n", COUNT, to=2)
        assert await client.received(3) == [
            {"type": "next", "id": "n", "payload": {"data": {"counted": 0}}},
            {"type": "next", "id": "n", "payload": {"data": {"counted": 1}}},
            {"type": "complete", "id": "n"},
        ]


async def test_operations_run_beside_one_another(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("slow", WAIT)
        await client.subscribe("hear", HEAR)
        await client.subscribe("quick", "{ caller }")
        assert [message["id"] for message in await client.received(2)] == ["quick", "quick"]
        about = tell(house, key)
        assert await client.receive() == next_heard("hear", about)
        gate.is_open.set()
        assert [message["id"] for message in await client.received(2)] == ["slow", "slow"]


async def test_each_event_is_loaded_for_itself(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", "subscription { heard { id name } }")
        await client.settled()
        about = None
        for _ in range(3):
            about = tell(house, key, about)
            data = {"heard": {"id": about, "name": f"{key.organization}'s"}}
            expected = {"type": "next", "id": "1", "payload": {"data": data}}
            assert await client.receive() == expected
    assert gate.passed.count("names") == 3


async def test_a_subscription_outlives_what_is_kept_of_its_document(house, monkeypatch):
    monkeypatch.setattr(execution.documents, "SIZE", 1)
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", HEAR)
        for _ in range(2):
            await client.settled()
            about = tell(house, key)
            assert await client.receive() == next_heard("1", about)
            # Its document is dropped for this one.
            assert (await house.ask(key, "{ caller }")).data == {"caller": "Test key"}


async def test_an_event_keeps_the_document_of_its_subscription(house, monkeypatch):
    monkeypatch.setattr(execution.documents, "SIZE", 2)
    forgotten = []
    monkeypatch.setattr(Program, "forget", lambda program: forgotten.append(program.root.name))
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", HEAR)
        await client.settled()
        for number in range(3):
            await house.ask(key, f"{{ a{number}: __typename }}")
            about = tell(house, key)
            assert await client.receive() == next_heard("1", about)

    assert forgotten == ["Query", "Query"]


async def test_a_mistake_of_ours_isnt_shown(house):
    key = await house.key()
    async with connected(house, key) as client:
        assert await answer(client, "subscription { failing }") == (
            "next",
            {"data": {"failing": 1}},
        )
        message = await client.receive()
        [found] = message["payload"]
        assert (message["type"], message["id"]) == ("error", "1")
        assert found["extensions"]["code"] == "INTERNAL"
        assert "secret" not in str(message)
        await client.settled()


async def test_an_event_that_fails_doesnt_end_the_others(house):
    key = await house.key()
    async with connected(house, key) as client:
        type_, payload = await answer(client, "subscription { wrong }")
        assert (type_, payload["data"]) == ("next", None)
        assert payload["errors"][0]["path"] == ["wrong"]
        assert await client.received(2) == [
            {"type": "next", "id": "1", "payload": {"data": {"wrong": 2}}},
            {"type": "complete", "id": "1"},
        ]


async def test_events_that_were_missed_end_a_subscription(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", HEAR)
        await client.settled()
        house.hub.miss()

        message = "Some events were missed; read the list, and subscribe again."
        payload = [error("UNAVAILABLE", message)]
        assert await client.receive() == {"type": "error", "id": "1", "payload": payload}
        await client.subscribe("1", HEAR)
        await client.settled()
        about = tell(house, key)
        assert await client.receive() == next_heard("1", about)


async def test_no_subscription_hears_of_another_organization(house):
    mine, other = await house.key(), await house.key()
    async with connected(house, mine) as client, connected(house, other) as stranger:
        await client.subscribe("1", HEAR)
        await stranger.subscribe("1", HEAR)
        await client.settled()
        await stranger.settled()
        told = {who.token: [tell(house, who) for _ in range(5)] for who in (mine, other)}
        for who, hears in ((mine, client), (other, stranger)):
            expected = [next_heard("1", id) for id in told[who.token]]
            assert await hears.received(5) == expected
            await hears.settled()


async def test_its_use_is_noted(house):
    key = await house.key()
    async with connected(house, key) as client:
        assert [use.api_key_id for use in house.usage.take()] == [key.uuid]
        await client.subscribe("1", HEAR)
        await client.settled()
        assert [use.api_key_id for use in house.usage.take()] == [key.uuid]
        tell(house, key)
        await client.receive()
        assert [use.api_key_id for use in house.usage.take()] == [key.uuid]
        await client.settled()
        assert house.usage.take() == []
