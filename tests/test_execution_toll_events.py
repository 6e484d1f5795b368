"""What each event and each operation of a socket or a stream costs, and who is told."""

import asyncio

import pytest

import execution.reading
import execution.sockets
import execution.streams
import execution.toll
from access.budget import Budgets
from db.scope import Scope
from tests.elsewhere import CHANGES, elsewhere
from tests.socket_parts import (
    COUNT,
    HEAR,
    connected,
    gate,
    next_heard,
    opened,
    tell,
    until,
)
from tests.stream_parts import COMPLETE, begun, hearing
from tests.test_access_budget import known
from tests.test_execution_toll import ASKED, Still

CALLER = "{ caller }"
SCOPES = [Scope.NOTIFICATIONS_READ, Scope.PRODUCTS_UPDATE]


class Sleeps:
    """In place of sleeping: the seconds that each has to wait, and a way to let them pass."""

    def __init__(self, clock):
        self.clock, self.seconds = clock, []
        self.over = asyncio.Event()

    async def __call__(self, seconds):
        self.seconds.append(seconds)
        await self.over.wait()

    def pass_by(self):
        self.clock.now += max(self.seconds)
        self.over.set()


@pytest.fixture
def clock(monkeypatch):
    clock = Still()
    # Each reading of a document takes no time, and so costs 1.
    monkeypatch.setattr(execution.reading, "thread_time", clock)
    return clock


@pytest.fixture
def sleeps(monkeypatch, clock):
    sleeps = Sleeps(clock)
    monkeypatch.setattr(execution.toll, "sleep", sleeps)
    return sleeps


@pytest.fixture
def unwatched(monkeypatch):
    """Nobody looks at sockets and streams from time to time, but for themselves."""
    monkeypatch.setattr(execution.sockets, "WATCH_SECONDS", 60)
    monkeypatch.setattr(execution.streams, "WATCH_SECONDS", 60)
    return True


@pytest.fixture
async def house(closed_house, monkeypatch, clock):
    """A house whose keys have 80 at once, of which one comes back each second."""
    closed_house.budgets = Budgets(60, 80, clock=clock)
    return await opened(closed_house, monkeypatch)


def cost(requested, remaining, limit=80):
    told = {"requested": requested, "most": 25_000, "limit": limit, "remaining": remaining}
    return {"cost": {**told, "resetSeconds": limit - remaining}}


async def test_events_of_a_socket_wait_for_a_budget(house, sleeps):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", HEAR)
        await until(lambda: "listening" in gate.passed)
        # Of 80, 51 are spent by now; the third event takes more than is left.
        for _ in range(3):
            about = tell(house, key)
            assert await client.receive() == next_heard("1", about)
        about = tell(house, key)
        await until(lambda: sleeps.seconds)
        await client.settled()
        assert sleeps.seconds == [2]
        sleeps.pass_by()

        assert await client.receive() == next_heard("1", about)


async def test_events_of_a_stream_wait_for_a_budget(house, sleeps):
    key = await house.key()
    async with begun(house, key, COUNT, to=5) as stream:
        for number in range(3):
            assert await stream.receive() == ("next", {"data": {"counted": number}})
        await until(lambda: sleeps.seconds)
        assert sleeps.seconds == [2]
        sleeps.pass_by()

        assert await stream.receive() == ("next", {"data": {"counted": 3}})
        await until(lambda: len(sleeps.seconds) > 1)


@pytest.mark.parametrize("way", ["revoked", "the scope lost"])
async def test_whoever_is_not_let_in_after_waiting_is_told_nothing_more(
    unwatched, house, sleeps, migrated_url, way
):
    assert unwatched
    keys = [await house.key(scopes=SCOPES) for _ in range(2)]
    async with connected(house, keys[0]) as client, begun(house, keys[1], COUNT, to=5) as stream:
        await client.subscribe("1", COUNT, to=5)
        assert [message["type"] for message in await client.received(3)] == ["next"] * 3
        assert [(await stream.receive())[0] for _ in range(3)] == ["next"] * 3
        await until(lambda: len(sleeps.seconds) == 2)
        for key in keys:
            await elsewhere(migrated_url, CHANGES[way], key)
            house.cache.forget(key.uuid)
        sleeps.pass_by()

        assert (await client.closed())[0] in {4401, 4403}
        (_, last), complete = await stream.rest()
    assert (set(last), complete) == ({"errors"}, COMPLETE)


async def test_an_event_waits_until_the_others_know_what_its_key_has_spent(house):
    key = await house.key()
    house.budgets.are_shared = True
    async with connected(house, key) as client:
        await client.subscribe("1", COUNT, to=1)
        await until(lambda: house.budgets._waiting)
        [spent] = house.budgets.take()
        house.budgets.settle({spent.api_key_id: 55.0})

        assert (await client.receive())["payload"] == {"data": {"counted": 0}}
    assert house.budgets.level(known(key.uuid)).remaining == 15


async def test_each_operation_of_a_socket_is_paid_for(house):
    key = await house.key()
    async with connected(house, key) as client:
        for id in map(str, range(8)):
            await client.subscribe(id, CALLER)
            assert [message["type"] for message in await client.received(2)] == ["next", "complete"]
        await client.subscribe("8", CALLER)
        [error] = (await client.receive())["payload"]

    assert error["extensions"]["code"] == "RATE_LIMITED"


@pytest.mark.parametrize("name", ["Tollhouse-Cost", "tollhouse-cost", "TOLLHOUSE-COST"])
async def test_a_socket_tells_the_cost_to_whoever_asks_by_connection_init(house, name):
    key = await house.key()
    async with connected(house) as client:
        payload = {"authorization": f"Bearer {key.token}", name: "1"}
        await client.send("connection_init", payload=payload)
        await client.receive()
        await client.subscribe("1", CALLER)

        assert (await client.receive())["payload"] == {
            "data": {"caller": "Test key"},
            "extensions": cost(10, 69),
        }


async def test_a_socket_tells_the_cost_to_whoever_asks_by_the_header(house):
    key = await house.key()
    async with connected(house, key, headers=ASKED) as client:
        await client.subscribe("1", COUNT, to=2)

        assert [message.get("payload") for message in await client.received(3)] == [
            {"data": {"counted": 0}, "extensions": cost(10, 19)},
            {"data": {"counted": 1}, "extensions": cost(10, 9)},
            None,
        ]


@pytest.mark.parametrize("value", ["0", "true", "", None])
async def test_nobody_else_is_told_the_cost(house, value):
    key = await house.key()
    async with connected(house) as client:
        payload = {"authorization": f"Bearer {key.token}", "Tollhouse-Cost": value}
        await client.send("connection_init", payload=payload)
        await client.receive()
        await client.subscribe("1", CALLER)

        assert (await client.receive())["payload"] == {"data": {"caller": "Test key"}}


async def test_a_stream_tells_the_cost_to_whoever_asks(house):
    key = await house.key()
    async with hearing(house, key, COUNT, headers=ASKED, to=2) as stream:
        assert await stream.rest() == [
            ":",
            ("next", {"data": {"counted": 0}, "extensions": cost(10, 19)}),
            ("next", {"data": {"counted": 1}, "extensions": cost(10, 9)}),
            COMPLETE,
        ]
    async with hearing(house, await house.key(), CALLER, headers=ASKED) as stream:
        data = {"data": {"caller": "Test key"}, "extensions": cost(10, 69)}
        assert await stream.rest() == [("next", data), COMPLETE]


async def test_errors_of_an_event_stand_beside_its_cost(house):
    key = await house.key()
    async with hearing(house, key, "subscription { wrong }", headers=ASKED) as stream:
        _, (_, first), *_ = await stream.rest()

    assert (first["data"], len(first["errors"]), first["extensions"]) == (None, 1, cost(10, 19))


async def test_without_a_limit_only_the_cost_is_told(closed_house, monkeypatch):
    house = await opened(closed_house, monkeypatch)
    async with connected(house, await house.key(), headers=ASKED) as client:
        await client.subscribe("1", COUNT, to=1)
        assert (await client.receive())["payload"]["extensions"] == {
            "cost": {"requested": 10, "most": 25_000}
        }
