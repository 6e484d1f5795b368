"""News reach the hubs of other processes at once and seldom, and a gap is told as one."""

import asyncio
import time
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import pytest

from db.database import Database
from db.errors import Unavailable
from db.hub import Hub
from db.listener import NEWS, PAUSE_SECONDS, Listener, tell_last
from db.news import Kind, News
from tests.embedded_parts import ask
from tests.soon import SOON_SECONDS

OWNER = UUID(int=1)
CUT = """SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND (query = 'SELECT 1' OR query LIKE '%pg_notify%')"""


def news(number):
    return News(Kind.DELIVERY, OWNER, UUID(int=number), OWNER)


class Process:
    """What one process has: a hub, and a listener that tells and hears for it."""

    def __init__(self, url):
        self.hub, self.renewed = Hub(), asyncio.Event()
        self.task = asyncio.create_task(
            Listener(url, str, lambda _: self.renewed.set(), self.hub).run()
        )

    async def renewal(self):
        self.renewed.clear()
        await self.renewed.wait()


@asynccontextmanager
async def processes(url, count=2):
    """As many processes as are wanted, all of which have begun to hear."""
    started = [Process(url) for _ in range(count)]
    try:
        async with asyncio.timeout(30):
            for process in started:
                await process.renewal()
            yield started
    finally:
        for process in started:
            process.task.cancel()
        await asyncio.wait([process.task for process in started])


@asynccontextmanager
async def payloads(url):
    """Every payload that is announced, with its time."""
    heard = []
    connection = await asyncpg.connect(url)
    await connection.add_listener(
        NEWS, lambda _c, _p, _n, payload: heard.append((time.monotonic(), payload))
    )
    try:
        yield heard
    finally:
        await connection.close()


async def test_news_reach_another_process(migrated_url):
    async with processes(migrated_url) as (one, other):
        with other.hub.listening(Kind.DELIVERY, OWNER) as ear:
            for number in range(5):
                one.hub.tell([news(number)])
                async with asyncio.timeout(SOON_SECONDS):
                    assert await ear.next() == news(number)


async def test_who_told_hears_it_once(migrated_url):
    async with processes(migrated_url) as (one, other):
        with (
            one.hub.listening(Kind.DELIVERY, OWNER) as own,
            other.hub.listening(Kind.DELIVERY, OWNER) as ear,
        ):
            one.hub.tell([news(1)])
            await ear.next()
            other.hub.tell([news(2)])

            assert [await own.next(), await own.next()] == [news(1), news(2)]


async def test_many_news_are_announced_seldom(migrated_url):
    async with (
        payloads(migrated_url) as heard,
        processes(migrated_url) as (one, other),
    ):
        with other.hub.listening(Kind.DELIVERY, OWNER) as ear:
            for number in range(200):
                one.hub.tell([news(number)])
                await asyncio.sleep(0.001)
            for number in range(200):
                assert await ear.next() == news(number)

    times = [moment for moment, _ in heard]
    assert len(times) <= (times[-1] - times[0]) / PAUSE_SECONDS + 2


async def test_what_a_cut_connection_may_have_lost_is_missed_by_all(migrated_url):
    async with processes(migrated_url) as (one, other):
        await one.renewal()
        with (
            one.hub.listening(Kind.DELIVERY, OWNER) as own,
            other.hub.listening(Kind.DELIVERY, OWNER) as ear,
        ):
            assert await ask(migrated_url, CUT) == 2
            one.hub.tell([news(1)])

            for listener in (own, ear):
                with pytest.raises(Unavailable, match="were missed"):
                    await gap(listener)
            # Whatever was told over the cut connections is told as a gap; then all is well again.
            await one.renewal()
            await other.renewal()
            one.hub.tell([news(2)])
            assert await until(ear, news(2)) == news(2)


async def gap(ear):
    """Hear on until something was missed."""
    while True:
        await ear.next()


async def until(ear, wanted):
    """The next news that is wanted, gaps left aside."""
    heard = None
    while heard != wanted:
        [heard] = await asyncio.gather(ear.next(), return_exceptions=True)
    return heard


async def test_what_can_not_be_announced_is_put_back(migrated_url, monkeypatch):
    monkeypatch.setattr("db.listener.TELL", "SELECT 1 / 0, $1, $2::text[]")
    async with processes(migrated_url, 1) as (one,):
        one.hub.tell([news(1)])
        with pytest.raises(asyncpg.DivisionByZeroError):
            await one.task

        assert one.hub.take() == ["*"]


@pytest.mark.parametrize("turns", range(4))
async def test_a_listener_ends_even_in_the_moment_of_news(migrated_url, turns):
    async with processes(migrated_url, 1) as (one,):
        await asyncio.sleep(0.05)
        one.hub.tell([news(1)])
        for _ in range(turns):
            await asyncio.sleep(0)
        one.task.cancel()
        ended, _ = await asyncio.wait([one.task], timeout=5)

    assert ended == {one.task}


async def test_the_last_news_are_told_without_a_listener(database: Database, migrated_url):
    hub = Hub()
    async with processes(migrated_url, 1) as (other,):
        with other.hub.listening(Kind.DELIVERY, OWNER) as ear:
            hub.tell([news(1)])
            await tell_last(database, hub)

            assert await ear.next() == news(1)


async def test_without_last_news_nothing_is_asked(database, recorder):
    await tell_last(database, Hub())

    assert recorder.statements == []
