"""Failed attempts reach the other processes by the listeners' connections."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from access.shared_throttle import SHARE, SharedThrottle
from db.hub import Hub
from db.listener import ATTEMPTS, NEWS, Listener
from tests.delivery_parts import until
from tests.embedded_parts import ask

HERE = ip_address("203.0.113.9")
CUT_FIRST = """SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
AND (query = 'SELECT 1' OR query LIKE '%pg_notify%')
ORDER BY backend_start LIMIT 1"""


def now():
    return datetime.now(UTC)


class Noted(SharedThrottle):
    """It counts how often nobody could be told."""

    gaps = 0

    def alone(self):
        super().alone()
        self.gaps += 1


class Process:
    """What one process has: a throttle, and a listener that tells and hears for it."""

    def __init__(self, url):
        self.throttle = Noted(now)
        listener = Listener(url, str, lambda _: None, Hub(), self.throttle)
        self.task = asyncio.create_task(listener.run())

    @property
    def wait(self):
        return self.throttle.wait_seconds(HERE, now().timestamp())

    def fail(self, times):
        for _ in range(times):
            self.throttle.failed(HERE, now().timestamp())

    async def is_heard(self):
        return self.throttle.are_shared

    async def is_held_up(self):
        return self.wait > 0


@asynccontextmanager
async def processes(url):
    started: list[Process] = []
    try:
        for _ in range(2):
            started.append(Process(url))
            await until(started[-1].is_heard)
        yield started
    finally:
        for process in started:
            process.task.cancel()
        await asyncio.wait([process.task for process in started])


async def test_what_fails_at_one_holds_up_the_other(migrated_url):
    async with processes(migrated_url) as (one, other):
        one.fail(20)
        assert other.wait == 0
        await until(other.is_held_up)

        assert len(other.throttle) == 1
        assert other.throttle.take() == []


async def test_a_process_does_not_count_again_what_it_tells(migrated_url):
    async with processes(migrated_url) as (one, other):
        one.fail(SHARE)

        async def has_heard():
            return len(other.throttle) == 1

        await until(has_heard)
        # Its own words would have come before.
        await ask(migrated_url, f"SELECT pg_notify('{ATTEMPTS}', '4.1.1')")

        async def has_heard_more():
            return len(one.throttle) == 2

        await until(has_heard_more)
        for process in (one, other):
            now_and_then = process.throttle._full_at[4, int(HERE)] - now().timestamp()
            assert 0 < now_and_then <= 2 * SHARE


async def test_what_fails_while_a_connection_is_lost_is_told_once_it_is_back(migrated_url):
    async with processes(migrated_url) as (one, other):
        one.fail(7)
        # Only that of the first: what is told while the other's is cut, too, is told to nobody.
        assert await ask(migrated_url, CUT_FIRST)

        async def has_noticed():
            return one.throttle.gaps

        await until(has_noticed)
        one.fail(13)
        assert 0 < one.wait <= 2

        await until(other.is_held_up)


async def test_a_process_that_counts_nothing_hears_of_it_all_the_same(migrated_url):
    renewed = []
    listener = Listener(migrated_url, str, renewed.append)
    task = asyncio.create_task(listener.run())

    async def has_renewed():
        return len(renewed) > 2

    await until(has_renewed)
    await ask(migrated_url, f"SELECT pg_notify('{ATTEMPTS}', '4.1.1')")
    renewed.clear()
    await until(has_renewed)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def test_attempts_are_no_news():
    assert ATTEMPTS != NEWS
