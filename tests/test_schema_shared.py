"""Rows that several wait for are loaded once, and by whom none is kept waiting for nothing."""

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

import pytest

from db.news import Kind, News
from db.scope import Scope
from schema.shared import SharedRows
from tests.socket_parts import connected
from tests.told_parts import ADDED, data, notified

OWNER, OTHER, ROW = (UUID(int=number) for number in (1, 2, 3))


def news():
    return News(Kind.NOTIFICATION, OWNER, ROW, ROW)


async def find(_connection, _owner, _id): ...


async def find_otherwise(_connection, _owner, _id): ...


class Loads:
    """Loads that wait until they are let go on; each gives its own number, or fails."""

    def __init__(self):
        self.rows, self.begun, self.goes_on = SharedRows(), 0, asyncio.Event()
        self.failing = set()

    async def _load(self):
        self.begun += 1
        number = self.begun
        await self.goes_on.wait()
        if number in self.failing:
            raise ZeroDivisionError
        return number

    async def begin(self, told, by=find, owner=OWNER):
        task = asyncio.create_task(self.rows.row(by, owner, told, self._load))
        await asyncio.sleep(0)
        return task


@pytest.fixture
async def loads():
    loads = Loads()
    yield loads
    assert loads.rows._loads == {}


async def test_the_same_news_is_loaded_once_while_that_is_under_way(loads):
    told = news()
    tasks = [await loads.begin(told) for _ in range(3)]
    assert loads.begun == 1
    loads.goes_on.set()

    assert await asyncio.gather(*tasks) == [1, 1, 1]
    assert await (await loads.begin(told)) == 2


@pytest.mark.parametrize("other", ["news", "owner", "find"])
async def test_what_differs_is_loaded_for_itself(loads, other):
    told = news()
    ways = {
        "news": {"told": news()},
        "owner": {"told": told, "owner": OTHER},
        "find": {"told": told, "by": find_otherwise},
    }
    tasks = [await loads.begin(told), await loads.begin(**ways[other])]
    loads.goes_on.set()

    assert await asyncio.gather(*tasks) == [1, 2]


async def test_what_fails_fails_alone(loads):
    told = news()
    loads.failing = {1, 3}
    tasks = [await loads.begin(told) for _ in range(3)]
    loads.goes_on.set()

    found = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(each) for each in found] == [ZeroDivisionError, int, ZeroDivisionError]
    assert found[1] == 2
    assert found[0] is not found[2]


async def test_whoever_leaves_takes_nothing_from_the_others(loads):
    told = news()
    first, second, third = [await loads.begin(told) for _ in range(3)]
    for each in (first, third):
        each.cancel()
    await asyncio.wait([first, third])
    loads.goes_on.set()

    assert await second == 2
    assert first.cancelled()
    assert third.cancelled()


async def test_subscribers_of_one_organization_share_a_statement_and_no_other(house):
    owner, other = await house.organization(), await house.organization()
    may = await house.key(owner)
    keys = [may, may, await house.key(owner, [Scope.NOTIFICATIONS_READ]), await house.key(other)]
    text = ADDED.replace("subject { id }", "")
    async with AsyncExitStack() as sockets:
        clients = [await sockets.enter_async_context(connected(house, key)) for key in keys]
        for client in clients:
            await client.subscribe("1", text)
            await client.settled()
        with house.counting() as statements:
            await notified(house.database, owner, house.clock())
            shown = [await data(client, "notificationAdded") for client in clients[:3]]
        await clients[3].settled()

    assert shown[0] == shown[1] == shown[2]
    assert len([each for each in statements if each.startswith("SELECT")]) == 1
