"""How many streams there may be, and what becomes of them with the server."""

import asyncio

import pytest
from aiohttp import ClientConnectionError

import execution.streams
from access.cache import KeyCache
from tests.socket_parts import COUNT, HEAR, gate, opened, until
from tests.stream_parts import EVENTS, begun, hearing, streams_of


@pytest.fixture
async def house(closed_house, monkeypatch):
    return await opened(closed_house, monkeypatch)


async def refusal(house, key):
    async with hearing(house, key, HEAR) as stream:
        body = await stream.answer.json()
        [error] = body["errors"]
        headers = stream.answer.headers
        return stream.answer.status, error["message"], headers["Retry-After"]


async def test_a_key_has_so_many_streams(house, monkeypatch):
    monkeypatch.setattr(execution.streams, "MOST_OF_A_KEY", 2)
    key, other = await house.key(), await house.key()
    async with begun(house, key, HEAR), begun(house, other, HEAR):
        async with begun(house, key, HEAR):
            message = "This API key has 2 streams open already: close one first."
            assert await refusal(house, key) == (429, message, "1")
        await until(lambda: streams_of(house)[1] == {key.uuid: 1, other.uuid: 1})
        async with begun(house, key, HEAR):
            assert streams_of(house)[1] == {key.uuid: 2, other.uuid: 1}


async def test_the_server_has_so_many_streams(house, monkeypatch):
    monkeypatch.setattr(execution.streams, "MOST", 1)
    async with begun(house, await house.key(), HEAR):
        message = "The server has no room for more streams of events."
        assert await refusal(house, await house.key()) == (503, message, "2")


async def test_what_is_over_leaves_nothing_behind(house):
    key = await house.key()
    async with begun(house, key, COUNT, to=1) as stream:
        await stream.rest()
    async with begun(house, key, HEAR):
        await until(lambda: gate.passed == ["listening"])
    await until(lambda: gate.passed == ["listening", "gone"])
    await until(lambda: streams_of(house) == (set(), {}))


async def test_with_the_server_streams_end_and_clients_try_another(house):
    key = await house.key()
    async with begun(house, key, HEAR) as stream:
        for _ in range(2):
            house.server.close()

        assert await stream.rest() == []
        assert await refusal(house, key) == (503, "The server is ending.", "2")
    assert streams_of(house) == (set(), {})


class Stuck:
    """A look-up of keys that waits, all of them or but the first."""

    def __init__(self, house, free=0):
        self.find, self.free = house.find, free
        self.count, self.go = 0, asyncio.Event()

    async def __call__(self, token_id):
        self.count += 1
        if self.count > self.free:
            await self.go.wait()
        return await self.find(token_id)


async def test_a_stream_that_ends_before_it_has_begun_is_let_go(closed_house, monkeypatch):
    stuck = closed_house.find = Stuck(closed_house, free=1)
    closed_house.cache = KeyCache(sure_until=0)
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    asking = asyncio.create_task(refusal(house, key))
    await until(lambda: stuck.count == 2)
    house.server.close()
    stuck.go.set()

    with pytest.raises(ClientConnectionError):
        await asking
    assert gate.passed == []


async def test_a_client_that_has_gone_before_it_has_begun_is_told_nothing(
    closed_house, monkeypatch
):
    stuck = closed_house.find = Stuck(closed_house)
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    headers = {"Authorization": f"Bearer {key.token}", "Accept": EVENTS}
    asking = asyncio.create_task(house.send("GET", params={"query": HEAR}, headers=headers))
    await until(lambda: stuck.count == 1)
    asking.cancel()
    await asyncio.wait([asking])
    await until(lambda: not any(each.transport for each in house.connections))
    stuck.go.set()
    await until(house.usage.take)
    await until(lambda: streams_of(house) == (set(), {}))

    assert gate.passed == []
