"""What a transaction made is told once it has committed, and never otherwise."""

from uuid import UUID

import pytest

from db.database import Database
from db.errors import NotFound, Unavailable
from db.news import Kind, News, gather
from tests.embedded_parts import ask

NOTE = "INSERT INTO host_secret (kind, version, check_value) VALUES ('pepper', 1, 'x')"
NOTED = "SELECT count(*) FROM host_secret"
ORGANIZATION = UUID(int=1)
NEWS = News(Kind.MAIL, ORGANIZATION, ORGANIZATION, ORGANIZATION)


async def note(database):
    async with database.transaction() as connection:
        await connection.execute(NOTE)


@pytest.fixture
async def telling(database_url):
    """A database of one connection, with all that it tells."""
    told = []
    database = await Database.open(database_url, size=1, tell=told.extend)
    yield database, told
    await database.close()


async def test_news_are_told_after_the_commit(telling, database_url):
    database, told = telling

    async with database.transaction() as connection:
        await connection.execute(NOTE)
        gather(connection, [NEWS])
        assert told == []
    assert told == [NEWS]
    assert await ask(database_url, NOTED) == 1


async def test_news_of_what_is_rolled_back_are_told_by_nobody(telling):
    database, told = telling

    async def refused():
        async with database.transaction() as connection:
            gather(connection, [NEWS])
            raise NotFound("there is none")

    with pytest.raises(NotFound):
        await refused()
    # The next user of the same connection.
    await note(database)

    assert told == []


async def test_news_of_a_commit_that_failed_are_told_by_nobody(telling, database_url):
    database, told = telling

    async def cut_off():
        async with database.transaction() as connection:
            gather(connection, [NEWS])
            process = connection.get_server_pid()
            await ask(database_url, "SELECT pg_terminate_backend($1, 5000)", process)

    with pytest.raises(Unavailable, match="is away"):
        await cut_off()
    await note(database)

    assert told == []


async def test_news_outside_of_a_transaction_are_not_left_over(telling):
    database, told = telling
    async with database.reading() as connection:
        gather(connection, [NEWS])
    await note(database)

    assert told == []


async def test_without_anybody_to_tell_news_are_dropped(database_url):
    database = await Database.open(database_url, size=1)
    async with database.transaction() as connection:
        gather(connection, [NEWS])
    await note(database)
    await database.close()

    assert await ask(database_url, NOTED) == 1
