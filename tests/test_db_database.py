"""The pool: what is away is told from what is wrong, and comes back by itself."""

import asyncio

import asyncpg
import pytest

from db.database import SETTINGS, Database, connect
from db.embedded import Embedded
from db.errors import NotFound, Unavailable
from tests.conftest import QUICK
from tests.embedded_parts import BINARIES, ask, short_folder

AWAY = "^The database is away for now; try again.$"
NOTE = "INSERT INTO host_secret (kind, version, check_value) VALUES ('pepper', 1, 'x')"
NOTED = "SELECT count(*) FROM host_secret"


@pytest.fixture
def server():
    """A PostgreSQL of the test's own, which it may stop."""
    with short_folder() as folder:
        embedded = Embedded(folder / "data", BINARIES, QUICK)
        embedded.start()
        yield embedded
        embedded.stop()


async def value(database, statement="SELECT 1"):
    async with database.reading() as connection:
        return await connection.fetchval(statement)


async def written(database, statement=NOTE):
    async with database.transaction() as connection:
        await connection.execute(statement)


async def test_a_stopped_server_is_away_and_comes_back_by_itself(server):
    database = await Database.open(server.url)
    assert await value(database) == 1
    server.stop()
    opened_late = await Database.open(server.url)
    # The second attempt is made without a connection from before.
    for attempt in (value(database), written(database), value(opened_late)):
        with pytest.raises(Unavailable, match=AWAY):
            await attempt
    server.start()

    for one in (database, opened_late):
        assert await value(one) == 1
        await one.close()


async def test_what_a_lost_connection_had_not_committed_is_gone(database, database_url):
    async def cut_off():
        async with database.transaction() as connection:
            await connection.execute(NOTE)
            process = connection.get_server_pid()
            await ask(database_url, "SELECT pg_terminate_backend($1, 5000)", process)
            await connection.execute("SELECT 1")

    with pytest.raises(Unavailable, match=AWAY):
        await cut_off()

    assert await value(database, NOTED) == 0


async def test_who_gets_no_connection_in_time_is_told_so(migrated_url):
    database = await Database.open(migrated_url, size=1, acquire_seconds=0.05)
    async with database.reading(), asyncio.timeout(4):
        for attempt in (value, written):
            with pytest.raises(Unavailable, match=AWAY):
                await attempt(database)

    assert await value(database) == 1
    await database.close()


@pytest.mark.parametrize(
    ("setting", "statement"),
    [
        ("statement_timeout = '10ms'", "SELECT pg_sleep(60)"),
        ("lock_timeout = '10ms'", "LOCK TABLE host_secret"),
        ("transaction_read_only = on", NOTE),
    ],
)
async def test_a_server_that_is_too_busy_or_a_standby_is_away(database, setting, statement):
    async with database.transaction() as other:
        await other.execute("LOCK TABLE host_secret IN ROW SHARE MODE")
        with pytest.raises(Unavailable, match=AWAY) as refused:
            await written(database, f"SET LOCAL {setting}; {statement}")

    assert isinstance(refused.value.__cause__, asyncpg.PostgresError)
    assert await value(database, NOTED) == 0


@pytest.mark.parametrize("way", ["reading", "transaction"])
@pytest.mark.parametrize(
    ("statement", "arguments", "error"),
    [
        ("SELECT $1::int", ["one"], asyncpg.DataError),
        ("SELECT $1::int", [2**40], asyncpg.DataError),
        ("SELECT $1::int", [], asyncpg.InterfaceError),
        ("SELECT 1 / $1::int", [0], asyncpg.DataError),
        ("SELECT nothing", [], asyncpg.UndefinedColumnError),
    ],
)
async def test_what_is_wrong_with_a_statement_stays_what_it_is(
    database, way, statement, arguments, error
):
    with pytest.raises(error):
        async with getattr(database, way)() as connection:
            await connection.fetchval(statement, *arguments)

    assert await value(database) == 1


async def test_a_connection_that_two_use_at_once_is_a_fault_of_ours(database):
    with pytest.raises(asyncpg.InterfaceError, match="another operation is in progress"):
        async with database.reading() as connection:
            await asyncio.gather(*[connection.fetchval("SELECT 1") for _ in range(2)])


async def test_what_is_committed_is_kept(database):
    await written(database)

    assert await value(database, NOTED) == 1


@pytest.mark.parametrize("error", [NotFound("none"), KeyError("a"), asyncio.CancelledError()])
async def test_an_exception_takes_back_what_was_written_and_stays_itself(database, error):
    async def fail():
        async with database.transaction() as connection:
            await connection.execute(NOTE)
            raise error

    with pytest.raises(type(error)) as raised:
        await fail()

    assert raised.value is error
    assert await value(database, NOTED) == 0


@pytest.mark.parametrize(
    "stated",
    [{}, [], "", 'чай 🍵 "\\\n', 0, -1.5, True, {"a": [1, None, {"b": "ä"}]}, 2**53, [[]]],
)
async def test_json_comes_back_as_it_went(database, stated):
    async with database.reading() as connection:
        assert await connection.fetchval("SELECT $1::jsonb", stated) == stated
        assert await connection.fetchval("SELECT $1::jsonb::text::jsonb", stated) == stated


async def test_json_is_json_to_the_database_and_null_is_null(database):
    async with database.reading() as connection:
        assert await connection.fetchval("SELECT $1::jsonb ->> 'a'", {"a": "b"}) == "b"
        assert await connection.fetchval("SELECT $1::jsonb IS NULL", None) is True
        assert await connection.fetchval("SELECT 'null'::jsonb") is None


async def test_each_session_has_our_settings(database):
    async with database.reading() as connection:
        found = {name: await connection.fetchval(f"SHOW {name}") for name in SETTINGS}

    assert found == {
        "application_name": "tollhouse",
        "idle_in_transaction_session_timeout": "30s",
        "jit": "off",
        "lock_timeout": "10s",
        "plan_cache_mode": "force_generic_plan",
        "random_page_cost": "1.1",
        "statement_timeout": "15s",
        "timezone": "UTC",
    }


async def test_a_connection_costs_no_statement_but_the_callers(database, recorder):
    processes = {await value(database, "SELECT pg_backend_pid()") for _ in range(2)}

    assert len(processes) == 1
    assert recorder.statements == ["SELECT pg_backend_pid()"] * 2


async def test_a_database_that_cannot_be_reached_is_told_without_the_password():
    with pytest.raises(Unavailable, match=r"^The database can't be reached: ") as refused:
        await connect("postgresql://me:hush@127.0.0.1:1/shop")

    assert "hush" not in str(refused.value)


async def test_a_connection_of_ones_own_takes_options(migrated_url):
    connection = await connect(migrated_url, server_settings={"application_name": "own"})
    assert await connection.fetchval("SHOW application_name") == "own"
    await connection.close()
