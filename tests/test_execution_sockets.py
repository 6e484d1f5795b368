"""Which sockets are let in, how many there may be, and what becomes of them with the server."""

import asyncio
import re
import time

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

import execution.sockets
from access.networks import Rules, parse_rule
from tests.socket_parts import CHANGE, HEAR, PROTOCOL, connected, gate, opened, until
from tests.soon import SOON_SECONDS

SHAKE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    "Sec-WebSocket-Protocol": PROTOCOL,
}
OTHER = "A page of another origin can't open a socket with cookies."


@pytest.fixture
async def house(closed_house, monkeypatch):
    return await opened(closed_house, monkeypatch)


async def refused(house, headers):
    answer = await house.send("GET", headers=headers)
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status, answer.codes, answer.error["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"Sec-WebSocket-Version": "12"},
        {"Sec-WebSocket-Key": "short"},
        {"Sec-WebSocket-Key": "A"},
        {"Connection": "close"},
    ],
)
async def test_what_is_no_handshake_is_refused(house, wrong):
    found = await refused(house, {**SHAKE, **wrong})

    assert found == (400, ["BAD_REQUEST"], "This is no handshake of WebSocket, version 13.")


async def test_a_refusal_has_a_request_id(house):
    headers = {**SHAKE, "Sec-WebSocket-Version": "12", "X-Request-Id": "mine"}
    answer = await house.send("GET", headers=headers)

    assert answer.headers["X-Request-Id"] == "mine"


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_other_upgrades_stay_requests(house, method):
    answer = await house.send(method, headers={"Upgrade": "h2c", "Connection": "Upgrade"})

    assert answer.codes in (["UNAUTHENTICATED"], ["METHOD_NOT_ALLOWED"])


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "", "http://127.0.0.1", "http://{host}.evil.test"]
)
async def test_a_page_of_another_origin_brings_no_cookies(house, origin):
    host = house.url("").split("/")[2]
    headers = {**SHAKE, "Cookie": "a=b", "Origin": origin.format(host=host)}

    assert await refused(house, headers) == (403, ["FORBIDDEN"], OTHER)


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "a=b"},
        {"Cookie": "a=b", "Origin": "http://{host}"},
        {"Cookie": "a=b", "Origin": "HTTPS://{host}"},
        {"Origin": "https://shop.test"},
    ],
)
async def test_others_may_open_sockets(house, headers):
    host = house.url("").split("/")[2]
    given = {name: value.format(host=host) for name, value in headers.items()}
    async with connected(house, headers=given) as client:
        await client.settled()


async def test_behind_a_proxy_the_address_is_that_of_the_client(closed_house, monkeypatch):
    closed_house.trusted = Rules(frozenset([parse_rule("127.0.0.1")]))
    house = await opened(closed_house, monkeypatch)
    key = await house.key(ips=["203.0.113.9"])
    async with connected(house, key, headers={"X-Forwarded-For": "203.0.113.9"}) as client:
        await client.settled()
    for forwarded, reason in [
        ("203.0.113.8", "This API key can't be used from 203.0.113.8."),
        ("nobody", "The address that this request comes from can't be told."),
    ]:
        async with connected(house, headers={"X-Forwarded-For": forwarded}) as client:
            authorization = f"Bearer {key.token}"
            await client.send("connection_init", payload={"authorization": authorization})
            assert await client.closed() == (4403, reason)


async def introduced(client, key):
    await client.send("connection_init", payload={"authorization": f"Bearer {key.token}"})


async def test_a_key_has_so_many_sockets(house, monkeypatch):
    monkeypatch.setattr(execution.sockets, "MOST_OF_A_KEY", 2)
    key, other = await house.key(), await house.key()
    async with connected(house, key), connected(house) as third, connected(house, other) as stays:
        async with connected(house, key):
            await introduced(third, key)
            reason = "This API key has 2 sockets open already: close one first."
            assert await third.closed() == (1013, reason)
        async with connected(house, key) as again:
            await again.settled()
        await stays.settled()


async def test_there_is_room_for_so_many_sockets(house, monkeypatch):
    monkeypatch.setattr(execution.sockets, "MOST", 2)
    key = await house.key()
    async with connected(house, key), connected(house) as third:
        async with connected(house, await house.key()):
            await introduced(third, key)
            reason = "The server has no room for more sockets."
            assert await third.closed() == (1013, reason)
        async with connected(house, key) as again:
            await again.settled()


async def test_strangers_dont_keep_keys_out(house, monkeypatch):
    monkeypatch.setattr(execution.sockets, "MOST_WAITING", 2)
    key = await house.key()
    async with (
        connected(house) as first,
        connected(house) as second,
        connected(house, key) as client,
    ):
        assert await first.closed() == (1013, "Too many sockets wait for connection_init.")
        await second.settled()
        await client.settled()


async def test_sockets_end_with_the_server_and_dont_hold_it_up(house):
    key = await house.key()
    async with connected(house, key) as client, connected(house) as waiting:
        await client.subscribe("1", HEAR)
        await client.subscribe("2", CHANGE)
        await client.settled()
        began = time.monotonic()
        ending = asyncio.create_task(house.end())
        assert await client.closed() == (1001, "The server is ending.")
        assert await waiting.closed() == (1001, "The server is ending.")
        # A mutation that has begun is finished, as over HTTP.
        assert gate.waiting == 1
        gate.is_open.set()
        await ending
        assert time.monotonic() - began < SOON_SECONDS
    assert gate.passed == ["listening", "gone", "mutation"]


async def test_a_server_that_ends_lets_none_in(house):
    key = await house.key()
    async with connected(house, key) as client, ClientSession() as session:
        # A connection that stays open may still ask.
        async with session.get(house.url("/healthz")) as response:
            assert response.status == 200
        house.server.close()
        assert (await client.closed())[0] == 1001
        with pytest.raises(WSServerHandshakeError) as refusal:
            await session.ws_connect(house.url(), protocols=[PROTOCOL])
        assert refusal.value.status == 503
        assert refusal.value.headers["Retry-After"] == "2"
        answer = await house.send("GET", headers=SHAKE)
        assert answer.error["message"] == "The server is ending."


async def test_a_mistake_of_ours_ends_one_socket_alone(closed_house, monkeypatch, capsys):
    find = closed_house.find
    mistakes = []

    async def mistaken(token_id):
        if mistakes:
            raise ZeroDivisionError
        return await find(token_id)

    closed_house.find = mistaken
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    async with connected(house, key) as stays, connected(house) as client:
        mistakes.append(1)
        await introduced(client, await house.key())
        assert await client.closed() == (1011, "Something went wrong on our side.")
        await stays.settled()
    assert re.search(r"unexpected failure.*", capsys.readouterr().out)


async def test_what_is_over_leaves_nothing_behind(house):
    key = await house.key()
    sockets = house.server.sockets
    async with connected(house, key) as client, connected(house) as waiting:
        assert (len(sockets._waiting), len(sockets._seated)) == (1, 1)
        assert sockets._of_key == {key.uuid: 1}
        await client.wire.close()
        await waiting.wire.close()
        await until(lambda: not sockets._waiting and not sockets._seated)
    assert sockets._of_key == {}


async def test_a_subscription_by_http_is_refused(house):
    key = await house.key()
    answer = await house.ask(key, HEAR)

    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])
    message = "Run a subscription over a WebSocket, or accept text/event-stream."
    assert answer.error["message"] == message
    assert gate.passed == []
