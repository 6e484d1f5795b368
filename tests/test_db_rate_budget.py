"""What processes tell each other of a key's spending."""

from uuid import UUID

import pytest

from db import rate_budget
from db.spent import Spent
from tests.embedded_parts import ask

OWNER, OTHER = UUID(int=7), UUID(int=8)
KEY, SECOND = UUID(int=1), UUID(int=2)
HEALTH = "SELECT relpersistence FROM pg_class WHERE relname = 'rate_budget'"


async def spend(database, *batch):
    async with database.reading() as connection:
        return await rate_budget.spend(connection, batch)


async def test_spending_comes_on_top_of_what_is_owed(database):
    first = await spend(database, Spent(OWNER, KEY, 30.0))
    second = await spend(database, Spent(OWNER, KEY, 12.5), Spent(OWNER, SECOND, 1.0))

    assert first == {KEY: pytest.approx(30, abs=1e-3)}
    assert second == {KEY: pytest.approx(42.5, abs=5), SECOND: pytest.approx(1, abs=1e-3)}
    assert second[KEY] < 42.5


async def test_what_was_paid_back_long_ago_is_not_owed(database, database_url):
    await spend(database, Spent(OWNER, KEY, 30.0))
    await ask(database_url, "UPDATE rate_budget SET full_at = now() - interval '1 day'")

    assert await spend(database, Spent(OWNER, KEY, 2.0)) == {KEY: pytest.approx(2, abs=1e-3)}


async def test_the_same_key_of_another_owner_is_another_one(database):
    await spend(database, Spent(OWNER, KEY, 30.0))

    assert await spend(database, Spent(OTHER, KEY, 2.0)) == {KEY: pytest.approx(2, abs=1e-3)}


async def test_whoever_owes_nothing_is_forgotten(database, database_url):
    await spend(database, Spent(OWNER, KEY, 30.0), Spent(OWNER, SECOND, 30.0))
    await ask(database_url, "UPDATE rate_budget SET full_at = now() WHERE api_key_id = $1", SECOND)
    async with database.reading() as connection:
        await rate_budget.clear(connection)

    assert await ask(database_url, "SELECT array_agg(api_key_id) FROM rate_budget") == [KEY]


async def test_it_is_not_written_ahead(database_url):
    assert await ask(database_url, HEALTH) == b"u"
