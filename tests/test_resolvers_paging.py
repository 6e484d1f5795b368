"""What a list takes of what all share, and gives back whatever comes of it."""

import asyncio
from uuid import UUID

import asyncpg
import pytest

import db.product
from access.cache import KeyCache
from access.pepper import Peppers
from db.database import Database
from db.errors import Unavailable
from db.page import Ask, Sorting
from resolvers.paging import shown
from schema.context import Context, House
from schema.share import SHARE, Share, Sharing
from tests.odd_rows import Context as Odd

OWNER = UUID(int=1)


@pytest.fixture
async def database(database_url):
    """One that nobody listens to, with one connection."""
    database = await Database.open(database_url, size=1, acquire_seconds=1)
    yield database
    await database.close()


@pytest.fixture
def context(closed_house, database):
    parts = (KeyCache(), Peppers.generate(), closed_house.encryption, closed_house.hub)
    house = House(database, *parts, closed_house.webhook_networks)
    return Context(Odd(later=False).caller, closed_house.clock(), "request", house)


@pytest.fixture
def reading(database):
    return lambda share: Sharing(share, database.idle, OWNER)


def room(share):
    """How much there is."""
    taken = [None for _ in range(SHARE + 1) if share.take_now()]
    for _ in taken:
        share.give_back()
    return len(taken)


def page(connection):
    return db.product.page(connection, OWNER, Ask(), {}, Sorting())


def count(connection):
    return db.product.count(connection, OWNER, {})


async def test_a_list_leaves_its_connection_at_hand(context, database):
    for _ in range(2):
        found = await shown(context, page, count)
        assert (found.nodes, await found.count()) == ([], 0)
        assert len(database.idle._kept) == 1
        assert room(context.share) == SHARE


@pytest.mark.parametrize("is_at_hand", [False, True])
async def test_what_fails_gives_back_what_it_took(context, database, is_at_hand):
    if is_at_hand:
        await shown(context, page, count)

    async def failing(connection):
        await connection.execute("SELECT 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await shown(context, failing, count)
    assert (room(context.share), database.idle._out) == (SHARE, 0)
    assert (await shown(context, page, count)).nodes == []


async def test_whoever_is_ended_within_gives_back_what_they_took(context, database):
    asked = asyncio.Event()

    async def waiting(_connection):
        asked.set()
        await asyncio.sleep(3600)

    task = asyncio.create_task(shown(context, waiting, count))
    await asked.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert (room(context.share), database.idle._out) == (SHARE, 0)


async def test_nothing_is_taken_where_somebody_would_have_to_wait(reading, database):
    share = Share(1)
    assert reading(share).begin_now() is None
    assert room(share) == 1

    first = reading(share)
    connection = await first.begin()
    assert (first.end_now(), room(share)) == (True, 1)
    assert first.begin_now() is connection
    second = reading(share)
    assert second.begin_now() is None
    assert (first.end_now(), room(share)) == (True, 1)
    assert len(database.idle._kept) == 1


async def test_a_full_share_leaves_the_connection_to_others(reading):
    share = Share(1)
    async with reading(share):
        pass
    await share.take()
    assert reading(share).begin_now() is None
    other = reading(Share(1))
    assert other.begin_now() is not None
    assert other.end_now()


async def test_room_that_comes_later_is_taken_then(reading):
    share = Share(1)
    await share.take()
    late = reading(share)
    begun = asyncio.create_task(late.begin())
    await asyncio.sleep(0)
    assert not begun.done()
    share.give_back()

    await begun
    assert room(share) == 0
    assert (late.end_now(), room(share)) == (True, 1)


async def test_who_gives_up_waiting_takes_nothing_along(reading, database):
    connection = await database.idle.take()
    share = Share(1)
    begun = asyncio.create_task(reading(share).begin())
    await asyncio.sleep(0)
    assert room(share) == 0
    begun.cancel()
    await asyncio.wait([begun])
    assert (begun.cancelled(), room(share)) == (True, 1)

    await database.idle.give_back(connection)


async def test_nor_does_who_waits_for_too_long(reading, database):
    connection = await database.idle.take()
    database.idle._seconds = 0.01
    share = Share(1)
    [error] = await asyncio.gather(reading(share).begin(), return_exceptions=True)
    assert isinstance(error, Unavailable)
    assert room(share) == 1

    await database.idle.give_back(connection)
