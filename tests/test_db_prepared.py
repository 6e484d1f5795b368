"""Statements that have run before: the same rows, errors and limits, by a shorter way."""

import asyncio

import asyncpg
import pytest
import sqlalchemy as sa

from db.database import SESSION, Database
from db.errors import Unavailable
from db.prepared import Prepared, own_of
from db.statement import Statement, statement, worded

SUM = statement(sa.select(sa.bindparam("a", type_=sa.Integer) + sa.literal_column("1")))
SLEEP = statement(sa.select(sa.func.pg_sleep(sa.bindparam("seconds", type_=sa.Float))))
ALL = Statement(worded("SELECT * FROM changing", {}, ["n"]), asyncpg.Record)
WHOLE = Statement(worded("SELECT changing FROM changing", {}, ["n"]), asyncpg.Record)
FAILS = statement(sa.select(1 / sa.bindparam("a", type_=sa.Integer)))


@pytest.fixture
async def unheard(database_url):
    """Without the recorder, for which all goes asyncpg's way."""
    database = await Database.open(database_url, size=1)
    yield database
    await database.close()


@pytest.fixture
async def connection(unheard):
    async with unheard.reading() as connection:
        yield connection


@pytest.fixture
def asyncpgs_way(monkeypatch):
    """The statements that went asyncpg's own way."""
    ran, execute = [], Prepared._execute

    async def executed(self, query, *args, **options):
        ran.append(query)
        return await execute(self, query, *args, **options)

    monkeypatch.setattr(Prepared, "_execute", executed)
    return ran


@pytest.fixture
async def changing(database_url):
    """A table that others change meanwhile."""
    other = await asyncpg.connect(database_url)
    await other.execute("CREATE TABLE changing (n int); INSERT INTO changing VALUES (7)")
    yield other.execute
    await other.execute("DROP TABLE changing")
    await other.close()


async def test_a_statement_goes_the_long_way_once(connection, asyncpgs_way):
    for n in range(3):
        assert await SUM.all(connection, a=n) == [(n + 1,)]
        assert await SUM.first(connection, a=n) == (n + 1,)
        assert await SUM.value(connection, a=n) == n + 1
        await SUM.run(connection, a=n)

    assert asyncpgs_way == [SUM.sql]


async def test_what_has_no_values_is_sent_as_it_is(connection, asyncpgs_way):
    await statement(sa.select(sa.literal_column("1"))).run(connection)

    assert asyncpgs_way == []


async def test_no_row_is_none(connection):
    nothing = statement(sa.select(sa.literal_column("1")).where(sa.false()))

    assert [await nothing.first(connection) for _ in range(2)] == [None, None]
    assert [await nothing.all(connection) for _ in range(2)] == [[], []]
    assert await nothing.value(connection) is None


async def test_of_many_rows_the_first_one_comes_alone(connection):
    many = statement(sa.select(sa.func.generate_series(1, 3)))

    assert [await many.first(connection) for _ in range(2)] == [(1,), (1,)]
    assert await many.all(connection) == [(1,), (2,), (3,)]


async def test_who_listens_hears_of_each(connection):
    assert await SUM.all(connection, a=1) == [(2,)]
    heard = []
    connection.add_query_logger(lambda record: heard.append(record.query))
    assert [await SUM.all(connection, a=n) for n in (2, 3)] == [[(3,)], [(4,)]]
    await asyncio.sleep(0)

    assert heard == [SUM.sql] * 2


async def test_where_no_statements_are_kept_each_is_prepared_anew(database_url, asyncpgs_way):
    session = {**SESSION, "statement_cache_size": 0}
    database = await Database.open(database_url, session=session)
    async with database.reading() as connection:
        assert [await SUM.all(connection, a=n) for n in (1, 2)] == [[(2,)], [(3,)]]
    await database.close()

    assert asyncpgs_way == [SUM.sql] * 2


async def test_a_table_that_was_changed_is_read_as_it_is_now(connection, changing):
    assert [await ALL.all(connection) for _ in range(2)] == [[(7,)]] * 2
    await changing("ALTER TABLE changing ADD m int DEFAULT 8")

    assert [await ALL.all(connection) for _ in range(2)] == [[(7, 8)]] * 2


async def test_within_a_transaction_that_is_an_error_once(connection, changing):
    assert [await ALL.all(connection) for _ in range(2)] == [[(7,)]] * 2
    await changing("ALTER TABLE changing ADD m int DEFAULT 8")

    with pytest.raises(asyncpg.InvalidCachedStatementError):
        async with connection.transaction():
            await ALL.all(connection)
    async with connection.transaction():
        assert await ALL.all(connection) == [(7, 8)]


async def test_a_type_that_was_changed_is_an_error_once(connection, changing):
    assert [await WHOLE.all(connection) for _ in range(2)] == [[((7,),)]] * 2
    await changing("ALTER TABLE changing ADD m int DEFAULT 8")

    with pytest.raises(asyncpg.OutdatedSchemaCacheError):
        await WHOLE.all(connection)
    assert await WHOLE.all(connection) == [((7, 8),)]


async def test_what_is_wrong_with_a_statement_stays_what_it_is(connection):
    assert await FAILS.all(connection, a=1) == [(1,)]
    for _ in range(2):
        with pytest.raises(asyncpg.DivisionByZeroError):
            await FAILS.all(connection, a=0)
    with pytest.raises(asyncpg.DataError):
        await FAILS.all(connection, a="one")

    assert await FAILS.all(connection, a=1) == [(1,)]


async def test_two_at_once_on_one_connection_are_refused(connection):
    await SLEEP.all(connection, seconds=0)
    first = asyncio.create_task(SLEEP.all(connection, seconds=0.05))
    await asyncio.sleep(0)
    for query in (SLEEP.all(connection, seconds=0), SUM.all(connection, a=1)):
        with pytest.raises(asyncpg.InterfaceError, match="another operation is in progress"):
            await query
    assert own_of(connection)._since is not None

    assert len(await first) == 1


async def test_a_server_that_does_not_answer_is_noticed(unheard, monkeypatch):
    async with unheard.reading() as connection:
        await SLEEP.all(connection, seconds=0)
        frozen = own_of(connection)
        # The watch that has begun is for 20 seconds; another follows.
        frozen._look()
        monkeypatch.setattr(Prepared, "SECONDS", 0.05)
    with pytest.raises(Unavailable):
        async with unheard.reading() as connection:
            await SLEEP.all(connection, seconds=5)
    assert frozen.is_closed()

    async with unheard.reading() as connection:
        assert own_of(connection) is not frozen
        assert await SUM.all(connection, a=1) == [(2,)]


async def asleep(connection):
    """Once so that it is prepared, and then for longer than anybody waits."""
    await SLEEP.all(connection, seconds=0)
    await SLEEP.all(connection, seconds=5)


async def test_nor_does_it_keep_a_transaction(unheard, monkeypatch):
    monkeypatch.setattr(Prepared, "SECONDS", 0.05)
    with pytest.raises(Unavailable):
        async with unheard.transaction() as connection:
            await asleep(connection)

    async with unheard.transaction() as connection:
        assert await SUM.all(connection, a=1) == [(2,)]


async def test_a_statement_has_all_its_time_whenever_the_connection_was_looked_at(connection):
    await SLEEP.all(connection, seconds=0)
    under_way = asyncio.create_task(SLEEP.all(connection, seconds=0.05))
    await asyncio.sleep(0)
    own_of(connection)._look()

    assert len(await under_way) == 1
    assert own_of(connection)._is_watched


async def test_a_connection_that_is_closed_says_so(unheard):
    connection = await unheard.idle.take()
    await SUM.all(connection, a=1)
    own_of(connection)._protocol.abort()
    with pytest.raises(asyncpg.InterfaceError, match="connection is closed"):
        await SUM.all(connection, a=1)
    await unheard.idle.end(connection)


async def test_one_that_the_pool_has_back_is_nobodys(unheard):
    async with unheard.reading() as connection:
        await SUM.all(connection, a=1)
    await unheard.idle.take()
    await unheard.idle.end(connection)

    with pytest.raises(asyncpg.InterfaceError, match="released back to the pool"):
        await SUM.all(connection, a=1)


async def test_a_connection_of_ones_own_goes_asyncpgs_way(database_url):
    connection = await asyncpg.connect(database_url)
    assert await SUM.all(connection, a=1) == [(2,)]
    assert await SUM.first(connection, a=2) == (3,)
    assert await SUM.value(connection, a=3) == 4
    await SUM.run(connection, a=3)
    await connection.close()
