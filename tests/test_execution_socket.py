"""The protocol graphql-transport-ws, message by message."""

import pytest

import execution.socket
from access.check import HOW_TO_CALL
from access.token import mint
from tests.socket_parts import HEAR, connected, gate, next_heard, opened, tell


@pytest.fixture
async def house(closed_house, monkeypatch):
    return await opened(closed_house, monkeypatch)


async def test_a_client_hears_what_happens_until_it_completes(house):
    key = await house.key()
    async with connected(house, key) as client:
        assert client.wire.protocol == "graphql-transport-ws"
        await client.subscribe("a", HEAR)
        await client.settled()
        told = [tell(house, key) for _ in range(3)]
        assert await client.received(3) == [next_heard("a", id) for id in told]

        await client.send("complete", id="a")
        await client.settled()
        tell(house, key)
        await client.settled()

    assert gate.passed == ["listening", "gone"]
    assert house.hub._ears == {}


async def test_the_key_may_come_in_the_header(house):
    key = await house.key(name="By header")
    async with connected(house, headers={"Authorization": f"Bearer {key.token}"}) as client:
        await client.send("connection_init")
        assert await client.receive() == {"type": "connection_ack"}
        await client.subscribe("1", "{ caller }")
        payload = {"data": {"caller": "By header"}}
        assert await client.received(2) == [
            {"type": "next", "id": "1", "payload": payload},
            {"type": "complete", "id": "1"},
        ]


@pytest.mark.parametrize(
    "payload",
    [
        {"Authorization": "Bearer {}"},
        {"AUTHORIZATION": "bearer {}", "authorization": "Bearer {} "},
        {"authorization": "Bearer {}", "organization": None, "more": {"x": [1]}},
        {"authorization": "Bearer {}", "organization": "any"},
        {"authorization": "Bearer {}", "Authorization": None},
    ],
)
async def test_the_key_may_come_in_any_spelling_of_the_payload(house, payload):
    key = await house.key()
    given = {n: v.format(key.token) if isinstance(v, str) else v for n, v in payload.items()}
    async with connected(house, headers={"Authorization": f"Bearer {key.token}"}) as client:
        await client.send("connection_init", payload=given)

        assert await client.receive() == {"type": "connection_ack"}


async def test_several_keys_are_none(house):
    key, other = await house.key(), await house.key()
    for headers, payload in [
        ({"Authorization": f"Bearer {other.token}"}, {"authorization": f"Bearer {key.token}"}),
        ({}, {"authorization": f"Bearer {key.token}", "Authorization": f"Bearer {other.token}"}),
        ({}, {"authorization": f"Bearer {key.token}", "Authorization": ""}),
    ]:
        async with connected(house, headers=headers) as client:
            await client.send("connection_init", payload=payload)
            code, reason = await client.closed()

        assert (code, reason[:24]) == (4401, "Send the token of an API")


@pytest.mark.parametrize(
    "init",
    [
        {},
        {"payload": None},
        {"payload": {}},
        {"payload": {"authorization": None}},
        {"payload": {"authorization": "Basic x"}},
    ],
)
async def test_no_key_is_refused_without_a_statement(house, init):
    async with connected(house) as client:
        with house.counting() as statements:
            await client.send("connection_init", **init)
            assert (await client.closed())[0] == 4401

    assert statements == []


async def test_an_unknown_key_is_refused(house):
    for token, reason in [
        (mint().text, "There is no API key with this token."),
        (mint().text[:-1], HOW_TO_CALL),
    ]:
        async with connected(house) as client:
            await client.send("connection_init", payload={"authorization": f"Bearer {token}"})
            assert await client.closed() == (4401, reason)


async def test_pings_are_answered_with_what_they_bring(house):
    async with connected(house) as client:
        for payload in ({"a": [1, "ö"]}, {}):
            await client.send("ping", payload=payload)
            assert await client.receive() == {"type": "pong", "payload": payload}
        await client.send("ping", payload=None)
        await client.send("pong", payload={"ignored": True})
        await client.send("pong")
        assert await client.receive() == {"type": "pong"}
        await client.settled()


async def test_a_second_init_ends_the_socket(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.send("connection_init", payload={"authorization": f"Bearer {key.token}"})

        assert await client.closed() == (4429, "Too many initialisation requests")


async def test_nothing_runs_before_the_init(house):
    async with connected(house) as client:
        await client.subscribe("1", HEAR)

        assert await client.closed() == (4401, "Unauthorized")
    assert gate.passed == []


async def test_an_init_that_doesnt_come_ends_the_socket(closed_house, monkeypatch):
    monkeypatch.setattr(execution.socket, "INIT_SECONDS", 0.05)
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    async with connected(house, key) as other, connected(house) as client:
        await client.settled()
        assert await client.closed() == (4408, "Connection initialisation timeout")
        await other.settled()


async def test_an_id_stands_for_one_operation_at_a_time(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("same", HEAR)
        await client.send("complete", id="same")
        await client.subscribe("same", HEAR)
        await client.settled()
        about = tell(house, key)
        assert await client.receive() == next_heard("same", about)

        await client.subscribe("same", HEAR)
        assert await client.closed() == (4409, "Subscriber for same already exists")


async def test_to_complete_what_isnt_there_is_no_fault(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.send("complete", id="never")
        await client.settled()


async def test_a_socket_runs_so_many_operations_at_a_time(house):
    key = await house.key()
    async with connected(house, key) as client:
        for number in range(50):
            await client.subscribe(str(number), HEAR)
        await client.subscribe("more", HEAR)
        message = "This socket runs 50 operations already: complete one first."
        error = {"message": message, "extensions": {"code": "RATE_LIMITED"}}
        assert await client.receive() == {"type": "error", "id": "more", "payload": [error]}

        await client.send("complete", id="7")
        await client.settled()
        await client.subscribe("more", "{ caller }")
        assert [message["type"] for message in await client.received(2)] == ["next", "complete"]


@pytest.mark.parametrize(
    ("protocols", "chosen"),
    [(["graphql-ws"], None), ([], None), (["graphql-ws", "Graphql-Transport-WS"], None)],
)
async def test_no_other_subprotocol_is_spoken(house, protocols, chosen, caplog):
    async with connected(house, protocols=protocols) as client:
        assert client.wire.protocol is chosen
        assert await client.closed() == (4406, "Subprotocol not acceptable")
    assert caplog.records == []


async def test_of_several_subprotocols_ours_is_spoken(house):
    async with connected(house, protocols=["graphql-ws", "graphql-transport-ws"]) as client:
        assert client.wire.protocol == "graphql-transport-ws"
        await client.settled()
