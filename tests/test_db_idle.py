"""Connections at hand: handed on without the pool, to one at a time, and never lost."""

import asyncio
import time

import asyncpg
import pytest

from db.deadlines import expire
from db.errors import Unavailable
from db.idle import KEPT_SECONDS, USES, Idle
from db.reading import Reading
from execution.begun import Rest
from execution.begun import begun as execution_begun


@pytest.fixture
async def pool(database_url):
    pool = await asyncpg.create_pool(database_url, min_size=0, max_size=2)
    # Short waits are for who waits, not for the first connection.
    await pool.fetchval("SELECT 1")
    yield pool
    pool.terminate()


def taking(idle):
    return asyncio.create_task(idle.take())


async def begun(*tasks):
    """Let tasks run until each waits."""
    for _ in tasks:
        await asyncio.sleep(0)


def at_once(coroutine):
    """Run a coroutine that never waits, without a step of the loop."""
    with pytest.raises(StopIteration):
        coroutine.send(None)


async def test_the_connection_that_was_used_last_is_the_next(pool):
    idle = Idle(pool, 2, 5)
    first, second = await idle.take(), await idle.take()
    await idle.give_back(first)
    await idle.give_back(second)

    assert [await idle.take(), await idle.take()] == [second, first]
    assert pool.get_idle_size() == 0


async def test_who_waits_first_is_given_first(pool):
    idle = Idle(pool, 1, 5)
    connection = await idle.take()
    first, second = taking(idle), taking(idle)
    await begun(first, second)
    await idle.give_back(connection)

    assert await first is connection
    assert not second.done()
    await idle.give_back(connection)
    assert await second is connection


async def test_who_waits_too_long_is_told_so_and_takes_nothing_along(pool):
    idle = Idle(pool, 1, 0.01)
    connection = await idle.take()
    with pytest.raises(TimeoutError):
        await idle.take()
    await idle.give_back(connection)

    assert await idle.take() is connection


async def test_what_comes_in_the_last_moment_is_taken(pool):
    idle = Idle(pool, 1, 0.01)
    connection = await idle.take()
    waiting = taking(idle)
    await begun(waiting)
    loop = asyncio.get_running_loop()
    loop.call_later(0.001, lambda: at_once(idle.give_back(connection)))
    # Both are due when the loop goes on: the connection, and the end of the waiting.
    time.sleep(0.02)  # noqa: ASYNC251  # it holds the loop on purpose

    assert await waiting is connection


async def test_who_is_cancelled_while_waiting_is_passed_over(pool):
    idle = Idle(pool, 1, 5)
    connection = await idle.take()
    first, second = taking(idle), taking(idle)
    await begun(first, second)
    first.cancel()
    await idle.give_back(connection)

    assert await second is connection
    assert first.cancelled()


async def test_who_is_cancelled_as_the_wait_ends_is_cancelled_all_the_same(pool):
    idle = Idle(pool, 1, 5)
    connection = await idle.take()
    waiting = taking(idle)
    await begun(waiting)
    # As its timer does it; before that is noticed the task is ended.
    expire(idle._waiting.rows[None][0])
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await idle.give_back(connection)

    assert await idle.take() is connection


class AtOnce:
    """A pool that has a connection for whoever asks, and ends who asked just as it is there."""

    def __init__(self):
        self.asking = self.made = None
        self.released = []

    async def acquire(self, *, timeout):  # noqa: ASYNC109  # as asyncpg has it
        assert timeout == 5
        # After the connection is there, and before it is heard of.
        asyncio.get_running_loop().call_soon(self.asking.cancel)
        self.made = object()
        return self.made

    async def release(self, connection):
        self.released.append(connection)


async def test_a_new_connection_of_who_is_gone_is_not_lost():
    pool = AtOnce()
    idle = Idle(pool, 1, 5)
    pool.asking = taking(idle)
    with pytest.raises(asyncio.CancelledError):
        await pool.asking

    assert pool.released == [pool.made]
    assert idle._out == 0


async def test_a_new_connection_needs_no_task_of_who_asks(pool):
    idle = Idle(pool, 1, 5)
    rest = execution_begun(idle.take())
    assert isinstance(rest, Rest)
    await idle.give_back(await rest)


async def test_what_came_for_somebody_who_is_gone_is_the_next_ones(pool):
    idle = Idle(pool, 1, 5)
    connection = await idle.take()
    first, second = taking(idle), taking(idle)
    await begun(first, second)
    at_once(idle.give_back(connection))
    first.cancel()

    assert await second is connection
    assert first.cancelled()


async def test_the_room_of_an_ended_connection_is_for_who_waits(pool):
    idle = Idle(pool, 1, 5)
    connection = await idle.take()
    first, second = taking(idle), taking(idle)
    await begun(first, second)
    connection.terminate()
    await idle.end(connection)
    first.cancel()
    fresh = await second

    assert first.cancelled()
    assert fresh is not connection
    assert await fresh.fetchval("SELECT 1") == 1


async def test_a_connection_that_was_lost_meanwhile_is_not_given(pool):
    idle = Idle(pool, 1, 5)
    connection = await idle.take()
    await idle.give_back(connection)
    connection.terminate()
    fresh = await idle.take()

    assert await fresh.fetchval("SELECT 1") == 1


async def test_the_pool_sees_a_connection_now_and_then(pool):
    idle = Idle(pool, 1, 5)
    idle_sizes = []
    for _ in range(USES):
        await idle.give_back(await idle.take())
        idle_sizes.append(pool.get_idle_size())

    assert idle_sizes == [0] * (USES - 1) + [1]


async def test_what_nobody_takes_goes_back_to_the_pool(pool):
    times = iter([0, KEPT_SECONDS, KEPT_SECONDS + 1])
    idle = Idle(pool, 2, 5, clock=lambda: next(times))
    first, second = await idle.take(), await idle.take()
    await idle.give_back(first)
    await idle.give_back(second)
    assert pool.get_idle_size() == 0
    assert await idle.take() is second
    await idle.give_back(second)

    assert pool.get_idle_size() == 1
    assert await idle.take() is second


async def test_closing_waits_for_what_is_in_use_and_lets_nobody_in(pool):
    idle = Idle(pool, 1, 5)
    async with Reading(idle) as connection:
        closing = asyncio.create_task(idle.close())
        late = asyncio.create_task(Reading(idle).__aenter__())
        await begun(closing, late)
        assert await connection.fetchval("SELECT 1") == 1
        assert not closing.done()
    await closing

    with pytest.raises(Unavailable, match="away for now"):
        await late


async def test_all_that_are_kept_are_closed(pool):
    idle = Idle(pool, 2, 5)
    connections = [await idle.take(), await idle.take()]
    for connection in connections:
        await idle.give_back(connection)
    await idle.close()

    assert pool.get_size() == 0


async def test_a_connection_at_hand_is_taken_without_a_wait(pool):
    idle = Idle(pool, 1, 5)
    assert idle.take_now() is None
    connection = await idle.take()
    assert idle.give_back_now(connection)
    assert idle.take_now() is connection
    assert idle.take_now() is None
    assert idle.give_back_now(connection)

    await connection.close()
    assert idle.take_now() is None
    assert not (await idle.take()).is_closed()


async def test_what_is_given_back_without_a_wait_is_the_next_ones(pool):
    idle = Idle(pool, 1, 5)
    connection = await idle.take()
    waiting = taking(idle)
    await begun(waiting)

    assert idle.give_back_now(connection)
    assert await waiting is connection
    assert idle.take_now() is None


@pytest.mark.parametrize("why", ["heard", "worn", "old"])
async def test_where_more_is_to_be_done_giving_back_takes_a_wait(pool, why):
    now = 0.0
    idle = Idle(pool, 2, 5, is_heard=why == "heard", clock=lambda: now)
    first, second = await idle.take(), await idle.take()
    await idle.give_back(first)
    for _ in range(USES - 2 if why == "worn" else 0):
        assert idle.give_back_now(idle.take_now())
    now += KEPT_SECONDS + 1 if why == "old" else 0

    assert not idle.give_back_now(second)
    await idle.give_back(second)
    # The worn one and the old one are the pool's again.
    assert pool.get_idle_size() == (0 if why == "heard" else 1)


async def test_where_all_are_closed_giving_back_takes_a_wait(pool):
    idle = Idle(pool, 1, 5)
    connection = await idle.take()
    closing = asyncio.create_task(idle.close())
    await begun(closing)

    assert not idle.give_back_now(connection)
    await idle.give_back(connection)
    await closing
