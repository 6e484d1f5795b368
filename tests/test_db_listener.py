"""Changes that other connections make are heard, and it is known when they aren't."""

import asyncio
import contextlib
import time
from uuid import UUID

import asyncpg
import pytest

from access.cache import KeyCache
from db.database import connect
from db.embedded import Embedded
from db.errors import Unavailable
from db.listener import LEASE_SECONDS, Listener
from tests.embedded_parts import BINARIES, postgres_of, short_folder

REVOKE = "UPDATE api_key SET revoked_at = now() WHERE id = $1"
RENAME_ALL = "UPDATE api_key SET name = 'x'"
CUT = """SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE query = 'SELECT 1' AND pid <> pg_backend_pid()"""
PATIENCE_SECONDS = 30


async def by_hand(url, statement, *values):
    """What somebody does to the database beside the house."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement, *values)
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def listening(url, changed, renew):
    """A listener that has begun to hear."""
    began = asyncio.Event()

    def renewed(until: float) -> None:
        renew(until)
        began.set()

    task = asyncio.create_task(Listener(url, changed, renewed).run())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await began.wait()
            yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@contextlib.asynccontextmanager
async def heard_from(url):
    """The changes that a listener hears, and its renewals."""
    changes: asyncio.Queue[str] = asyncio.Queue()
    renewals: asyncio.Queue[float] = asyncio.Queue()
    async with listening(url, changes.put_nowait, renewals.put_nowait):
        # What changed before it listened, it can't know.
        assert await changes.get() == "*"
        yield changes, renewals


async def test_a_change_by_any_door_is_heard(house, migrated_url):
    key = await house.key()
    async with heard_from(migrated_url) as (changes, _):
        await by_hand(migrated_url, REVOKE, key.uuid)

        assert await changes.get() == str(key.uuid)


async def test_a_change_of_many_keys_is_one_word(house, migrated_url):
    owner = await house.organization()
    for _ in range(101):
        await house.key(owner)
    async with heard_from(migrated_url) as (changes, _):
        await by_hand(migrated_url, RENAME_ALL)

        assert await changes.get() == "*"
        assert changes.empty()


async def test_what_is_rolled_back_is_not_heard(house, migrated_url):
    key = await house.key()
    async with heard_from(migrated_url) as (changes, renewals):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await by_hand(migrated_url, f"{RENAME_ALL}; SELECT 1 / 0")
        await by_hand(migrated_url, REVOKE, key.uuid)
        await renewals.get()

        assert await changes.get() == str(key.uuid)
        assert changes.empty()


async def test_renewals_reach_no_further_than_the_lease(migrated_url):
    async with heard_from(migrated_url) as (_, renewals):
        assert await renewals.get() <= time.monotonic() + LEASE_SECONDS


async def test_a_cut_connection_is_made_again(house, migrated_url):
    key = await house.key()
    async with heard_from(migrated_url) as (changes, renewals):
        await by_hand(migrated_url, CUT)
        # The one that may have been under way, and the first over a new connection.
        while not renewals.empty():
            renewals.get_nowait()
        await renewals.get()
        await renewals.get()
        assert await changes.get() == "*"
        await by_hand(migrated_url, REVOKE, key.uuid)

        assert await changes.get() == str(key.uuid)


async def test_a_lost_database_ends_what_is_sure_and_a_new_one_begins_empty():
    with short_folder() as folder:
        embedded, cache = Embedded(folder / "data", BINARIES), KeyCache(sure_until=0.0)
        embedded.start()
        assert not cache.is_sure
        async with listening(embedded.url, cache.heard, cache.renew):
            assert cache.is_sure
            before = cache.generation
            postgres_of(folder / "data").kill()
            while cache.is_sure:
                await asyncio.sleep(0)
            await asyncio.to_thread(embedded.restart)
            while not cache.is_sure:
                await asyncio.sleep(0)
            # Emptied as it hears again, and once more for what was sure had ended.
            assert cache.generation == before + 2
        embedded.stop()


async def test_a_database_that_is_not_there_is_asked_again(unused_tcp_port):
    url = f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/nothing"
    renewals: list[float] = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.6):
            await Listener(url, str, renewals.append).run()

    assert renewals == []


async def test_connecting_says_that_the_database_is_away(unused_tcp_port):
    with pytest.raises(Unavailable, match="can't be reached"):
        await connect(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/nothing")


async def test_a_revoked_key_is_refused_whoever_revoked_it(closed_house, migrated_url):
    closed_house.cache = cache = KeyCache(sure_until=0.0)
    house, ask = await closed_house.open(), "{ viewer { ip } }"
    key, changed = await house.key(), asyncio.Event()

    def heard(change: str) -> None:
        cache.heard(change)
        changed.set()

    async with listening(migrated_url, heard, cache.renew):
        assert (await house.ask(key, ask)).status == 200
        with house.counting() as statements:
            assert (await house.ask(key, ask)).status == 200
        assert statements == []
        # That everything may have changed before it listened, it has heard already.
        changed.clear()
        await by_hand(migrated_url, REVOKE, key.uuid)
        await changed.wait()

        assert (await house.ask(key, ask)).status == 401


async def test_nothing_is_served_where_changes_are_not_heard(closed_house):
    closed_house.cache = KeyCache(sure_until=0.0)
    house = await closed_house.open()
    key = await house.key()
    for _ in range(2):
        with house.counting() as statements:
            assert (await house.ask(key, "{ viewer { ip } }")).status == 200
        assert len(statements) == 1


def test_the_cache_forgets_what_is_named():
    cache = KeyCache()
    cache.heard(str(UUID(int=7)))
    cache.heard("*")

    assert cache.generation == 2
