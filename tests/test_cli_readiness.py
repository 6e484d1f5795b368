"""What keeps the server from being ready."""

import asyncio
import math

import pytest

from access.cache import KeyCache
from cli.readiness import readiness
from db.database import Database
from tests.cli_parts import another_database


@pytest.fixture
def bare_url(migrated_url):
    with another_database(migrated_url, "bare") as url:
        yield url


async def set_version(database, version):
    async with database.reading() as connection:
        await connection.execute("create table if not exists alembic_version (version_num text)")
        await connection.execute("delete from alembic_version")
        await connection.execute("insert into alembic_version values ($1)", version)


async def test_with_its_tables_nothing_lacks(database):
    assert await readiness(database, KeyCache())() == []


async def test_changes_of_keys_must_be_heard(database):
    cache = KeyCache(sure_until=0)
    lacking = readiness(database, cache)

    assert await lacking() == ["changes of keys"]
    cache.renew(math.inf)
    assert await lacking() == []


async def test_tables_must_be_of_this_release_or_a_later_one(bare_url):
    database = await Database.open(bare_url)
    lacking = readiness(database, KeyCache())

    assert await lacking() == ["migrations"]
    await set_version(database, "0000")
    assert await lacking() == ["migrations"]
    await set_version(database, "9999")
    assert await lacking() == []
    await database.close()


async def test_a_database_that_is_away_lacks(migrated_url):
    database = await Database.open(migrated_url)
    await database.close()

    assert await readiness(database, KeyCache())() == ["database"]


async def test_many_who_ask_at_once_take_one_connection(database, recorder):
    lacking = readiness(database, KeyCache())
    await lacking()
    asked = len(recorder.statements)

    asking = [asyncio.create_task(lacking()) for _ in range(50)]
    await asyncio.sleep(0)
    asking.pop(0).cancel()

    assert await asyncio.gather(*asking) == [[]] * 49
    once, asked = len(recorder.statements) - asked, len(recorder.statements)
    await lacking()
    assert len(recorder.statements) - asked == once
