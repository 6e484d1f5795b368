"""The pool: what a lost database looks like, and that bugs look different."""

import asyncio

import asyncpg
import pytest

from db import database as module
from db.database import Database
from db.embedded import Embedded
from db.errors import Conflict, Unavailable
from tests.embedded_parts import BINARIES, short_folder

PATIENCE_SECONDS = 20


async def answer(database):
    async with database.reading() as connection:
        return await connection.fetchval("SELECT 1")


async def test_a_stopped_database_is_away_and_comes_back_by_itself():
    with short_folder() as folder:
        embedded = Embedded(folder / "data", BINARIES)
        embedded.start()
        database = await Database.open(embedded.url, acquire_seconds=2)
        assert await answer(database) == 1
        embedded.stop()
        with pytest.raises(Unavailable, match="away for now"):
            await answer(database)
        embedded.start()
        assert await answer(database) == 1
        await database.close()
        embedded.stop()


async def test_a_database_that_goes_away_in_a_transaction_is_away():
    with short_folder() as folder:
        embedded = Embedded(folder / "data", BINARIES)
        embedded.start()
        database = await Database.open(embedded.url, acquire_seconds=2)
        with pytest.raises(Unavailable):
            await interrupted(database, embedded)
        await database.close()


async def interrupted(database, embedded):
    async with database.transaction() as connection:
        await connection.execute("CREATE TABLE lost (id int)")
        embedded.stop()
        await connection.execute("INSERT INTO lost VALUES (1)")


async def test_who_finds_no_connection_free_is_told_in_time(migrated_url):
    database = await Database.open(migrated_url, size=1, acquire_seconds=0.1)
    async with asyncio.timeout(PATIENCE_SECONDS), database.reading():
        with pytest.raises(Unavailable):
            await answer(database)

    assert await answer(database) == 1
    await database.close()


async def test_a_statement_that_takes_too_long_is_ended(migrated_url, monkeypatch):
    monkeypatch.setitem(module.SETTINGS, "statement_timeout", "50ms")
    database = await Database.open(migrated_url)
    with pytest.raises(Unavailable):
        await sleeping(database)
    await database.close()


async def sleeping(database):
    async with database.reading() as connection:
        await connection.execute("SELECT pg_sleep(20)")


async def mistyped(database):
    async with database.reading() as connection:
        await connection.fetchval("SELECT $1::int", "no number")


async def test_a_bug_is_no_absence(database):
    with pytest.raises(asyncpg.DataError):
        await mistyped(database)


async def undone(database, error):
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO host_secret (kind, version, check_value) VALUES ('x', 1, '')"
        )
        raise error


@pytest.mark.parametrize("error", [ZeroDivisionError(), Conflict("No."), ValueError()])
async def test_any_exception_rolls_back(database, error):
    with pytest.raises(type(error)):
        await undone(database, error)

    async with database.reading() as connection:
        assert await connection.fetchval("SELECT count(*) FROM host_secret") == 0


@pytest.mark.parametrize("value", [{"a": ["ä", 1, None]}, [], "text", None, 12345678901234567])
async def test_json_comes_back_as_it_went(database, value):
    async with database.reading() as connection:
        assert await connection.fetchval("SELECT $1::jsonb", value) == value


async def test_times_are_in_utc_and_programs_are_not_compiled(database):
    async with database.reading() as connection:
        assert await connection.fetchval("SHOW timezone") == "UTC"
        assert await connection.fetchval("SHOW jit") == "off"


async def test_a_connection_apart_can_be_refused(unused_tcp_port):
    with pytest.raises(Unavailable, match="can't be reached"):
        await module.connect(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/nothing")
