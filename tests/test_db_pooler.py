"""A pooler on the way to the database is known by what it does, and is gone along with."""

import asyncio
import re
import time
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import pytest

from cli.lifetime import FORGETFUL, brought_up
from cli.lifetime import LACKING as LACKING_SETTINGS
from cli.setting_table import SETTINGS as SETTINGS_TABLE
from cli.settings import read
from db import migrate
from db.database import SETTINGS, Database
from db.pooler import look, session_of
from tests.cli_parts import Command, another_database
from tests.embedded_parts import ask, short_folder
from tests.pooler_parts import PGBOUNCER, keeps_statements, pgbouncer
from tests.serve_parts import ask as asked
from tests.serve_parts import serving

HANDED_ON = {"application_name": "tollhouse", "timezone": "UTC"}
# The database of the tests has its own jit off.
LACKING = {n: v for n, v in SETTINGS.items() if n not in HANDED_ON and n != "jit"}
PAGE = "{ products(first: 1) { nodes { id } } }"
# Of PostgreSQL's messages: the number of the backend, and the names of statements.
NUMBER = rb"(K\x00\x00\x00\x0c).{4}", b"\\1\x00\x00\x00\x07"
NAME = rb"([PDC].{4}S?)tollhouse_", rb"\1pgbouncer_"


@asynccontextmanager
async def disguised(url, *, renames=False):
    """The same server, which tells its clients another number of the backend, as poolers do.

    Those that keep statements give them names of their own too.
    """
    parts = urlsplit(url)
    [host] = parse_qs(parts.query)["host"]

    async def pump(reader, writer, *changes):
        while data := await reader.read(65_536):
            for pattern, replacement in changes:
                data = re.sub(pattern, replacement, data, flags=re.DOTALL)
            writer.write(data)
            await writer.drain()
        writer.close()

    async def serve(reader, writer):
        server = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.5432")
        async with asyncio.TaskGroup() as group:
            group.create_task(pump(reader, server[1], *([NAME] if renames else [])))
            group.create_task(pump(server[0], writer, NUMBER))

    with short_folder() as folder:
        path = folder / ".s.PGSQL.5432"
        async with await asyncio.start_unix_server(serve, path):
            yield url.replace(parts.query, f"host={folder}&port=5432")


@pytest.fixture(scope="module")
def pooled_url(migrated_url):
    with another_database(migrated_url, "pooled") as url:
        asyncio.run(migrate.upgrade(url))
        yield url


async def test_the_server_itself_is_no_pooler(migrated_url):
    assert await look(migrated_url, keeps_sessions=True) is None


async def test_one_that_leaves_names_as_they_are_is_not_trusted_with_statements(pooled_url):
    async with disguised(pooled_url) as url:
        pooler = await look(url, keeps_sessions=False)
        database = await Database.open(url, session=session_of(pooler))
        async with database.transaction() as connection:
            prepared = await connection.fetchval("SELECT count(*) FROM pg_prepared_statements")
            shown = await connection.fetchval("SHOW statement_timeout")
        await database.close()

    assert pooler == (False, LACKING)
    # The one of that very question has no name.
    assert (prepared, shown) == (0, "0")


async def test_one_that_names_statements_itself_keeps_them(pooled_url):
    async with disguised(pooled_url, renames=True) as url:
        assert await look(url, keeps_sessions=False) == (True, LACKING)


async def test_one_that_keeps_sessions_keeps_statements(pooled_url):
    async with disguised(pooled_url) as url:
        pooler = await look(url, keeps_sessions=True)

    assert pooler == (True, LACKING)
    assert session_of(pooler) == {"server_settings": HANDED_ON}


def settings_of(**environment):
    return read({one.field: None for one in SETTINGS_TABLE}, environment)


async def test_the_start_tells_what_a_pooler_costs(pooled_url, tmp_path, capsys):
    async with disguised(pooled_url) as url:
        await brought_up(settings_of(DATABASE_URL=url, DATABASE_DIRECT_URL=pooled_url), url)
        told = capsys.readouterr().out
        await asyncio.to_thread(Command(url, tmp_path), "organizations", "list")

    assert FORGETFUL in told
    assert LACKING_SETTINGS in told
    assert "ALTER ROLE ... SET statement_timeout = '15s';" in told


async def test_of_one_that_costs_nothing_the_start_tells_nothing(pooled_url, capsys):
    for name, value in LACKING.items():
        await ask(pooled_url, f"ALTER DATABASE pooled SET {name} = '{value}'")
    async with disguised(pooled_url) as url:
        await brought_up(settings_of(DATABASE_URL=url), url)
        pooler = await look(url, keeps_sessions=False)
    await ask(pooled_url, "ALTER DATABASE pooled RESET ALL")

    assert capsys.readouterr().out == ""
    assert pooler == (False, {})


@pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer isn't installed")
class TestPgbouncer:  # pragma: no cover - runs where pgbouncer is, as in make test-debian
    @pytest.fixture
    def pooler_url(self, pooled_url):
        with short_folder() as folder, pgbouncer(pooled_url, folder) as url:
            yield url

    async def test_what_several_clients_do_at_once_stays_apart(self, pooled_url, pooler_url):
        pooler = await look(pooler_url, keeps_sessions=False)
        database = await Database.open(pooler_url, session=session_of(pooler))

        async def work(number):
            for _ in range(20):
                async with database.reading() as connection:
                    statement = f"SELECT {number} + $1::int"
                    assert await connection.fetchval(statement, number) == 2 * number
                async with database.transaction() as connection:
                    assert await connection.fetchval("SELECT $1::text", str(number)) == str(number)

        # Ten clients share three connections to the database.
        await asyncio.gather(*(work(number) for number in range(10)))
        await database.close()
        assert pooler is not None
        assert pooler.lacking == LACKING

    async def test_without_the_direct_url_it_does_not_start(
        self, pooled_url, pooler_url, tmp_path, monkeypatch
    ):
        monkeypatch.setattr("db.reach.NOTIFY_SECONDS", 1)
        command = Command(pooler_url, tmp_path)
        said = await asyncio.to_thread(command.refused, "db", "migrate")
        assert said.startswith("The database's notifications don't arrive, as behind a pooler")

        command.environment["DATABASE_DIRECT_URL"] = pooler_url
        assert await asyncio.to_thread(command.refused, "db", "migrate") == said
        # Nothing was locked on a connection that others get next.
        locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
        assert await ask(pooled_url, locks) == 0

    def test_a_server_hears_past_it_what_is_changed_through_it(
        self, pooled_url, pooler_url, tmp_path
    ):
        settings = {"DATABASE_URL": pooler_url, "DATABASE_DIRECT_URL": pooled_url}
        command = Command(pooler_url, tmp_path)
        command.environment |= settings
        with serving(tmp_path, **settings) as server:
            url = server.wait_ready()
            command("organizations", "create", "--name", "Acme", "--slug", "acme")
            made = command.json("keys", "create", "--organization", "acme", "--name", "K")
            for _ in range(5):
                assert "errors" not in asked(url, made["token"], PAGE)
            command("keys", "revoke", made["id"])
            time.sleep(1)
            [error] = asked(url, made["token"], PAGE)["errors"]
            assert error["extensions"]["code"] == "UNAUTHENTICATED"
            assert server.stop() == 0
        assert any("loses prepared statements" in line for line in server.logged) == (
            not keeps_statements()
        )
