"""The first contact with a database."""

import asyncio
from contextlib import asynccontextmanager

import asyncpg
import pytest

from db import reach as module
from db.database import connect
from db.errors import Unavailable
from db.migrate import head
from db.reach import knows_letters, must_notify, reach, tables_version
from tests.cli_parts import C_LETTERS, another_database

NOWHERE = "postgresql://me:hush@127.0.0.1:1/shop"


@pytest.fixture(scope="module")
def bare_url(migrated_url):
    """A database without tables, whose letters are those of C."""
    with another_database(migrated_url, "bare", C_LETTERS) as url:
        yield url


@asynccontextmanager
async def connected(url):
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def test_a_database_that_is_there_is_reached(migrated_url):
    await reach(migrated_url)


async def test_one_that_comes_late_is_waited_for(migrated_url, monkeypatch):
    real, tries = asyncpg.connect, []

    async def late(url, **options):
        tries.append(url)
        return await real(url if len(tries) > 2 else NOWHERE, **options)

    monkeypatch.setattr(module, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(module.asyncpg, "connect", late)
    await reach(migrated_url, 60)

    assert len(tries) == 3


async def test_patience_ends():
    with pytest.raises(Unavailable, match=r"can't be reached: .*Connect call failed") as raised:
        await reach(NOWHERE)
    assert "hush" not in str(raised.value)


async def test_a_database_that_says_nothing_is_given_up(monkeypatch):
    async def silent(_url, **_options):
        raise TimeoutError

    monkeypatch.setattr(module.asyncpg, "connect", silent)
    with pytest.raises(Unavailable, match="can't be reached: it doesn't answer"):
        await reach(NOWHERE)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("tollhouse:", "tollhouse:0"), "password authentication failed"),
        (("@/tollhouse", "@/nowhere"), 'database "nowhere" does not exist'),
        (("?", "?sslmode=never&"), "sslmode"),
    ],
)
async def test_what_waiting_cannot_cure_is_told_at_once(migrated_url, change, reason):
    with pytest.raises(Unavailable, match=f"refuses the connection: .*{reason}"):
        await reach(migrated_url.replace(*change), 3600)


async def test_tables_have_a_version_once_they_are_made(migrated_url, bare_url):
    async with connected(bare_url) as connection:
        assert await tables_version(connection) is None
    async with connected(migrated_url) as connection:
        assert await tables_version(connection) == head()


async def test_letters_are_known_where_lc_ctype_knows_them(migrated_url, bare_url):
    for url, known in ((migrated_url, True), (bare_url, False)):
        async with connected(url) as connection:
            await connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            assert await knows_letters(connection) is known


async def test_notifications_are_proved(migrated_url):
    await must_notify(migrated_url, migrated_url)


async def test_notifications_that_get_lost_are_told(migrated_url, bare_url, monkeypatch):
    # Notifications don't leave their database.
    urls = iter([bare_url, migrated_url])
    monkeypatch.setattr(module, "connect", lambda _: connect(next(urls)))
    monkeypatch.setattr(module, "NOTIFY_SECONDS", 0)
    with pytest.raises(Unavailable, match=r"notifications don't arrive.* DATABASE_DIRECT_URL"):
        await must_notify(migrated_url, migrated_url)


async def test_two_databases_are_not_taken_for_one(migrated_url, bare_url, monkeypatch):
    monkeypatch.setattr(module, "NOTIFY_SECONDS", 0.1)
    with pytest.raises(Unavailable, match="DATABASE_URL isn't heard at DATABASE_DIRECT_URL"):
        await must_notify(migrated_url, bare_url)


async def test_starts_at_once_do_not_disturb_each_other(migrated_url):
    await asyncio.gather(*(must_notify(migrated_url, migrated_url) for _ in range(5)))


async def test_a_pooler_that_is_away_leaves_nothing_open(migrated_url):
    with pytest.raises(Unavailable, match="can't be reached"):
        await must_notify(NOWHERE, migrated_url)
