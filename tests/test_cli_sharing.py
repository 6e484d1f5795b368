"""Two processes' budgets, shared by way of one database."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from structlog.testing import capture_logs

import cli.sharing
from access.budget import Budgets, Level
from cli.sharing import ALONE, clear, share, tell
from db.database import Database
from db.errors import Unavailable
from tests.embedded_parts import ask
from tests.test_access_budget import KEY

# A unit comes back in a minute, so that no pause of the machine shows in what remains.
SLOW = 1
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@asynccontextmanager
async def sharing(database, budgets):
    task = asyncio.create_task(share(database, budgets))
    # From its first step on it is counted who the others don't know of.
    await asyncio.sleep(0)
    yield
    task.cancel()
    await asyncio.wait([task])


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_each_learns_what_the_other_spent(database):
    here, there = Budgets(SLOW, 100), Budgets(SLOW, 100)
    async with sharing(database, here), sharing(database, there):
        here.charge(KEY, 50)
        # What is taken to be told may still be on its way; only what is told isn't ahead.
        await until(lambda: not here.is_ahead(KEY))
        there.charge(KEY, 20)
        await until(lambda: there.level(KEY).remaining < 80)

    assert there.level(KEY).remaining == 30
    assert here.level(KEY).remaining == 50


async def test_a_budget_that_is_told_is_in_the_table(database, database_url):
    budgets = Budgets(SLOW, 100)
    budgets.charge(KEY, 50)
    await tell(database, budgets)

    assert await ask(database_url, "SELECT api_key_id FROM rate_budget") == KEY.id


async def test_what_can_not_be_told_is_kept():
    database = await Database.open(NOWHERE)
    budgets = Budgets(SLOW, 100)
    budgets.charge(KEY, 50)
    with pytest.raises(Unavailable):
        await tell(database, budgets)
    await database.close()

    assert [spent.seconds for spent in budgets.take()] == [50 * 60]


async def test_a_process_that_is_alone_says_so_once_and_goes_on(database, monkeypatch):
    monkeypatch.setattr(cli.sharing, "PAUSE_AFTER_FAILURE_SECONDS", 0)
    nowhere = await Database.open(NOWHERE)
    budgets = Budgets(SLOW, 100)
    tries = []
    put_back = budgets.put_back
    monkeypatch.setattr(budgets, "put_back", lambda batch: (tries.append(1), put_back(batch)))
    budgets.charge(KEY, 50)
    with capture_logs() as logged:
        async with sharing(nowhere, budgets):
            await until(lambda: len(tries) > 2)
    await nowhere.close()

    assert [(entry["event"], entry["log_level"]) for entry in logged] == [(ALONE, "warning")]
    assert budgets.level(KEY).remaining == 50
    async with sharing(database, budgets):
        await until(lambda: not budgets.due.is_set())


async def test_what_is_paid_back_is_cleared(database, database_url):
    budgets = Budgets(SLOW, 100)
    budgets.charge(KEY, 50)
    await tell(database, budgets)
    await ask(database_url, "UPDATE rate_budget SET full_at = now() - interval '1 second'")
    await clear(database)

    assert await ask(database_url, "SELECT count(*) FROM rate_budget") == 0
    assert budgets.level(KEY) >= Level(50, 0)
