"""Migrations run whole or not at all, and one process at a time."""

import asyncio
import sys
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from asyncpg.types import ServerVersion

from db import migrate
from db.database import connect
from db.errors import Unavailable
from db.migrate import LOCK, Status, Unfit, head, upgrade
from tests.cli_parts import another_database
from tests.embedded_parts import ROOT, ask

UPGRADE = """
import asyncio, sys
from db import migrate
print(asyncio.run(migrate.upgrade(sys.argv[1])).current)
"""
HERE = "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
WAITING = f"SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype = 'advisory' AND {HERE}"
BLOCKED = "SELECT pid FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid))"
CREATE_FUNCTION = (
    "CREATE FUNCTION tollhouse_api_keys_changed() RETURNS trigger LANGUAGE plpgsql"
    " AS 'BEGIN RETURN NULL; END'"
)
KILL = "SELECT pg_terminate_backend($1, 5000)"


@pytest.fixture
def url(cluster):
    """A database without tables."""
    with another_database(cluster.url, "unmade") as url:
        yield url


@asynccontextmanager
async def connected(url):
    connection = await connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def status_of(url):
    async with connected(url) as connection:
        return await migrate.status(connection)


async def until(found):
    """What is found, once it is."""
    async with asyncio.timeout(60):
        while not (value := await found()):
            await asyncio.sleep(0.01)
    return value


async def test_a_fresh_database_gets_all_tables(url):
    assert await status_of(url) == Status(None, head())

    before = await upgrade(url)

    assert before == Status(None, head())
    assert not before.is_fresh
    after = await status_of(url)
    assert after == Status(head(), head())
    assert after.is_fresh


async def test_where_nothing_is_missing_nothing_runs(migrated_url, monkeypatch):
    # Any call of it would fail.
    monkeypatch.setattr(migrate, "_alembic", None)

    assert await upgrade(migrated_url) == Status(head(), head())


async def test_of_two_processes_at_once_one_works_and_the_other_waits(url):
    async with connected(url) as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        ours = asyncio.create_task(upgrade(url))
        theirs = await asyncio.create_subprocess_exec(
            sys.executable, "-c", UPGRADE, url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )

        async def both_wait():
            return await connection.fetchval(WAITING) == 2

        await until(both_wait)
        assert await migrate.status(connection) == Status(None, head())
        await connection.execute("SELECT pg_advisory_unlock($1)", LOCK)
        output, _ = await theirs.communicate()

    assert theirs.returncode == 0
    before = {(await ours).current, output.decode()}
    assert before in ({None, f"{head()}\n"}, {head(), "None\n"})


async def test_tables_of_a_later_release_are_left_alone(url):
    await ask(url, "CREATE TABLE alembic_version AS SELECT '9999' AS version_num")

    with pytest.raises(Unfit, match=rf"of version 9999, .* \(it has {head()}\): a later release"):
        await upgrade(url)

    assert await status_of(url) == Status("9999", head())
    assert await ask(url, "SELECT to_regclass('organization')") is None


async def test_a_postgresql_that_is_too_old_is_refused(url, monkeypatch):
    def told(major):
        version = ServerVersion(major, 9, 0, "final", 0)
        monkeypatch.setattr(asyncpg.Connection, "get_server_version", lambda _: version)

    told(14)
    with pytest.raises(Unfit, match="PostgreSQL 15 or newer is needed") as refused:
        await upgrade(url)
    assert refused.value.code == "UNFIT"
    assert await status_of(url) == Status(None, head())

    told(15)
    await upgrade(url)
    assert (await status_of(url)).is_fresh


async def test_a_database_that_is_away_is_told():
    with pytest.raises(Unavailable, match="can't be reached"):
        await upgrade("postgresql://127.0.0.1:1/shop")


@pytest.mark.parametrize(
    ("in_the_way", "reached"),
    [
        ("CREATE TABLE product ()", None),
        (CREATE_FUNCTION, "0001"),
    ],
)
async def test_a_migration_that_is_killed_leaves_no_half(url, in_the_way, reached):
    async with connected(url) as other, connected(url) as observer:
        change = other.transaction()
        await change.start()
        await other.execute(in_the_way)
        migration = asyncio.create_task(upgrade(url))
        blocked = await until(lambda: observer.fetchval(BLOCKED, other.get_server_pid()))
        await observer.fetchval(KILL, blocked)
        with pytest.raises(Unfit, match="nothing is half done"):
            await migration
        await change.rollback()

        assert await migrate.status(observer) == Status(reached, head())
        there = await observer.fetchval("SELECT to_regclass('organization') IS NOT NULL")
        assert there is (reached is not None)

    assert await upgrade(url) == Status(reached, head())
    assert (await status_of(url)).is_fresh


async def test_a_migration_may_take_long_but_waits_for_nobody(migrated_url):
    async with migrate._alembic(migrated_url) as connection:
        for name, value in (("lock_timeout", "10s"), ("statement_timeout", "0")):
            assert (await connection.exec_driver_sql(f"SHOW {name}")).scalar_one() == value


async def test_a_database_that_is_not_in_utf8_is_refused(cluster):
    made = "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"
    owner = await asyncpg.connect(cluster.url)
    version = owner.get_server_version()
    builtin = " LOCALE_PROVIDER 'libc'" if version >= (17,) else ""
    await owner.execute(made + builtin)
    try:
        with pytest.raises(Unfit, match="encoding must be UTF8"):
            await migrate.upgrade(urlunsplit(urlsplit(cluster.url)._replace(path="/latin")))
    finally:
        await owner.execute("DROP DATABASE latin WITH (FORCE)")
        await owner.close()
