"""Requests with the same key at the same time, whichever comes first and whatever is cut off."""

import asyncio
from contextlib import asynccontextmanager

import asyncpg
import pytest

from schema.once import RUNNING
from tests.blocked import WAITING
from tests.furnished import notification_furnished
from tests.repeats import count, created, keyed, neighbor, written

MARK_ALL = "mutation { markAllNotificationsRead(input: {}) { updated unreadCount } }"
MOVE = "UPDATE idempotency_record SET key = $2 WHERE organization_id = $1 RETURNING key"


@pytest.fixture
async def outside(database_url):
    """A connection that belongs to nobody of the house."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


@pytest.fixture
async def other_house(house):
    other = await neighbor(house).open()
    yield other
    await other.close()


@pytest.fixture
async def key(house):
    return await house.key()


@asynccontextmanager
async def blocked(outside, table):
    """Nobody can write to the table inside the block."""
    async with outside.transaction():
        await outside.execute(f"LOCK TABLE {table} IN SHARE MODE")
        yield


async def waiting(outside, number):
    """The processes of the database that wait for a lock, once there are so many."""
    async with asyncio.timeout(10):
        while len(pids := await outside.fetchval(WAITING)) < number:
            await asyncio.sleep(0.01)
    return pids


async def test_while_one_runs_another_is_told_so(house, other_house, outside, key):
    async with blocked(outside, "audit_entry"):
        first = asyncio.create_task(created(house, key))
        await waiting(outside, 1)
        second = await created(other_house, key)

    assert (second.status, second.body["data"]) == (200, {"createProduct": None})
    assert (second.codes, second.error["message"]) == (["CONFLICT"], RUNNING)
    assert (await first).data["createProduct"]["product"]["name"] == "Tea"
    assert await count(house, key.organization) == 1


async def test_what_is_cut_off_before_its_commit_is_done_again(house, outside, key):
    async with blocked(outside, "audit_entry"):
        first = asyncio.create_task(created(house, key))
        [pid] = await waiting(outside, 1)
        await outside.execute("SELECT pg_terminate_backend($1)", pid)
        answer = await first
    assert (answer.status, answer.codes) == (503, ["UNAVAILABLE"])
    assert await count(house, key.organization) == 0

    again = await created(house, key)

    assert written(await created(house, key)) == written(again)
    assert await count(house, key.organization) == 1


async def test_whoever_was_overtaken_answers_what_the_other_did(house, outside, key):
    """It looked just before the other's record was there, and finds it when it writes its own."""
    first = await created(house, key)
    [kept] = await outside.fetch(
        "SELECT key FROM idempotency_record WHERE organization_id = $1", key.organization
    )
    await outside.fetchval(MOVE, key.organization, b"elsewhere")
    async with blocked(outside, "audit_entry"):
        second = asyncio.create_task(created(house, key))
        await waiting(outside, 1)
        await outside.fetchval(MOVE, key.organization, kept["key"])

    assert written(await second) == written(first)
    assert await count(house, key.organization) == 1


async def test_steps_that_two_take_at_once_are_answered_alike(house, outside, key):
    await notification_furnished(house, key.organization, "prod_1")
    async with blocked(outside, "notification"):
        both = [asyncio.create_task(house.ask(key, MARK_ALL, keyed())) for _ in range(2)]
        await waiting(outside, 2)

    one, other = [await each for each in both]

    assert written(one) == written(other)
    assert one.data["markAllNotificationsRead"]["unreadCount"] == 0
    assert written(await house.ask(key, MARK_ALL, keyed())) == written(one)
