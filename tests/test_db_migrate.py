"""Migrations: they make what the tables say, once, whoever runs them."""

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from db import migrate
from db.migrate import Unfit
from db.tables import METADATA

CATALOG = {
    "columns": """SELECT table_name, column_name, data_type, udt_name, is_nullable, column_default
        FROM information_schema.columns WHERE table_schema = 'public'
        AND table_name <> 'alembic_version'""",
    "indexes": """SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'""",
    "constraints": """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
        AND conrelid::regclass::text <> 'alembic_version'""",
}
EXTENSIONS = "CREATE EXTENSION btree_gin; CREATE EXTENSION pg_trgm"


@asynccontextmanager
async def fresh_database(url, name):
    """Another database of the same cluster, without any table."""
    owner = await asyncpg.connect(url)
    try:
        await owner.execute(f"CREATE DATABASE {name}")
        yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        await owner.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await owner.close()


async def asked(url, statement):
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def current(url):
    connection = await asyncpg.connect(url)
    try:
        return await migrate.status(connection)
    finally:
        await connection.close()


async def test_a_fresh_database_is_brought_up_once(cluster):
    async with fresh_database(cluster.url, "fresh") as url:
        assert (await current(url)).current is None
        before = await migrate.upgrade(url)
        assert (before.current, before.is_fresh) == (None, False)
        again = await migrate.upgrade(url)
        assert (again.current, again.is_fresh) == (migrate.head(), True)


async def test_several_at_once_agree(cluster):
    async with fresh_database(cluster.url, "several") as url:
        before = await asyncio.gather(*(migrate.upgrade(url) for _ in range(3)))

        versions = sorted(str(status.current) for status in before)
        assert versions == sorted(["None", migrate.head(), migrate.head()])
        assert await asked(url, "SELECT version_num FROM alembic_version") == [(migrate.head(),)]


async def test_tables_of_a_later_release_are_left_alone(cluster):
    async with fresh_database(cluster.url, "later") as url:
        await migrate.upgrade(url)
        await asked(url, "UPDATE alembic_version SET version_num = '9999' RETURNING 1")
        with pytest.raises(Unfit, match="version 9999, which this release doesn't know"):
            await migrate.upgrade(url)


async def test_an_old_postgresql_is_refused(migrated_url, monkeypatch):
    monkeypatch.setattr(asyncpg.Connection, "get_server_version", lambda _: (14, 9))
    with pytest.raises(Unfit, match="PostgreSQL 15 or newer"):
        await migrate.upgrade(migrated_url)


async def test_one_that_is_cut_leaves_nothing_and_can_go_on(cluster):
    async with fresh_database(cluster.url, "cut") as url:
        await asked(url, "CREATE TABLE product (id int)")
        with pytest.raises(Exception, match="already exists"):
            await migrate.upgrade(url)
        assert (await current(url)).current is None
        assert await asked(url, "SELECT to_regclass('organization')::text") == [(None,)]
        await asked(url, "DROP TABLE product")

        await migrate.upgrade(url)

        assert (await current(url)).is_fresh


async def catalog(url):
    return {name: set(await asked(url, query)) for name, query in CATALOG.items()}


async def test_migrations_make_what_the_tables_say(cluster):
    async with (
        fresh_database(cluster.url, "migrated") as migrated,
        fresh_database(cluster.url, "declared") as declared,
    ):
        await migrate.upgrade(migrated)
        connection = await asyncpg.connect(declared)
        await connection.execute(EXTENSIONS)
        await connection.close()
        engine = create_async_engine(
            "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(declared)
        )
        async with engine.begin() as transaction:
            await transaction.run_sync(METADATA.create_all)
        await engine.dispose()

        made, said = await catalog(migrated), await catalog(declared)

    for kind in CATALOG:
        assert sorted(made[kind] - said[kind], key=str) == [], f"only migrations make {kind}"
        assert sorted(said[kind] - made[kind], key=str) == [], f"only db/ says {kind}"
        assert made[kind]
