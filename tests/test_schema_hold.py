"""A connection is held from one statement of a request to the next."""

import asyncio
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from db.database import Database
from schema.share import Share, Sharing
from tests.shop import bill, sell

MORE = {"description": "More", "unitPrice": {"amount": "1.00", "currency": "EUR"}}
ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture
async def database(database_url, hub):
    database = await Database.open(database_url, size=1, acquire_seconds=5, tell=hub.tell)
    yield database
    await database.close()


class Request:
    """Statements of one request, which holds its connection."""

    def __init__(self, database, owner=ONE, *, holds=True):
        self._database, self._owner = database, owner
        self.share = Share()
        self.share.holds = holds

    def reading(self):
        return Sharing(self.share, self._database.idle, self._owner)

    @asynccontextmanager
    async def holding(self):
        try:
            yield
        finally:
            await self.reading().let_go()

    async def backend(self):
        async with self.reading() as connection:
            return await connection.fetchval("SELECT pg_backend_pid()")


def is_free(database, request):
    """Whether nothing of a request is taken any more."""
    idle = database.idle
    return (request.share._free, idle._out, len(idle._kept)) == (Share()._free, 1, 1)


async def test_statements_that_follow_have_the_connection_of_the_first(database):
    request = Request(database)
    async with request.holding():
        first = await request.backend()
        assert not database.idle._kept
        assert await request.backend() == first
        assert request.share.held is not None
    assert is_free(database, request)
    assert not request.share.holds


async def test_who_holds_nothing_lets_go_of_nothing(database):
    request = Request(database)
    async with request.holding():
        pass
    assert database.idle._out == 0


async def test_others_of_the_same_owner_wait_until_it_is_let_go(database):
    request, other = Request(database), Request(database, holds=False)
    async with request.holding():
        await request.backend()
        waiting = asyncio.create_task(other.backend())
        await asyncio.sleep(0.02)
        await request.backend()
        await asyncio.sleep(0.02)
        assert not waiting.done()
    await waiting
    assert is_free(database, request)


@pytest.mark.parametrize("owner", [TWO, None])
async def test_another_owner_has_it_before_the_next_statement(database, owner):
    request, other = Request(database), Request(database, owner, holds=False)
    async with request.holding():
        async with request.reading():
            waiting = asyncio.create_task(other.backend())
            await asyncio.sleep(0.02)
        assert request.share.held is None
        await request.backend()
        assert waiting.done()
    assert is_free(database, request)


async def test_statements_side_by_side_have_one_each(database_url):
    database = await Database.open(database_url, size=2, acquire_seconds=5)
    request = Request(database)
    async with request.holding():
        async with request.reading() as one, request.reading() as other:
            assert one is not other
        assert request.share.held is other
        assert len(database.idle._kept) == 1
    assert request.share._free == Share()._free
    assert len(database.idle._kept) == 2
    await database.close()


async def test_one_that_has_ended_meanwhile_is_held_no_more(database_url):
    database = await Database.open(database_url, size=2, acquire_seconds=5)
    request = Request(database)
    async with request.holding():
        first = await request.backend()
        request.share.held.terminate()
        await asyncio.sleep(0.02)
        assert await request.backend() != first
    assert request.share._free == Share()._free
    # It is ended once somebody would take it.
    assert database.idle._out == len(database.idle._kept) == 2
    assert await Request(database, holds=False).backend() != first
    await database.close()


async def test_what_a_statement_fails_by_takes_nothing_along(database):
    request = Request(database)

    async def fail():
        async with request.holding():
            await request.backend()
            async with request.reading():
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (request.share._free, database.idle._out) == (Share()._free, 0)


async def test_nothing_is_held_once_it_closes(database):
    request = Request(database)
    async with request.holding():
        await request.backend()
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0.02)
        assert not closing.done()
        await request.backend()
        assert request.share.held is None
    await closing
    assert database.idle._out == 0


LINES = "{ invoices { nodes { lines { description product { name } } } } }"
# What lines lead on to is loaded side by side here.
BRANCHES = "{ invoices { nodes { lines { a: product { name } b: product { sku } } } } }"
# Counted beside the page, which holds nothing.
COUNTED = "{ invoices { totalCount nodes { lines { product { name } } } } }"


@pytest.mark.parametrize("query", [LINES, BRANCHES, COUNTED])
async def test_no_request_waits_for_what_it_holds_itself(house, query):
    key = await house.key()
    product = await sell(house, key.organization, "Tea")
    await bill(house, key, {"productId": product.typeid}, MORE)
    answers = [await house.ask(key, query) for _ in range(2)]
    answers += await asyncio.gather(*(house.ask(key, query) for _ in range(5)))

    assert all(answer.data == answers[0].data for answer in answers)
    assert house.database.idle._out == len(house.database.idle._kept) == 1
