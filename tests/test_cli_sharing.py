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

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@asynccontextmanager
async def sharing(database, budgets):
    task = asyncio.create_task(share(database, budgets))
    yield
    task.cancel()
    await asyncio.wait([task])


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def test_each_learns_what_the_other_spent(database):
    here, there = Budgets(60, 100), Budgets(60, 100)
    async with sharing(database, here), sharing(database, there):
        here.charge(KEY, 50)
        await until(lambda: not here.due.is_set())
        there.charge(KEY, 20)
        await until(lambda: there.level(KEY).remaining < 40)
        await until(lambda: not there.due.is_set())

    assert 28 <= there.level(KEY).remaining <= 35
    assert 48 <= here.level(KEY).remaining <= 55


async def test_a_budget_that_is_told_is_in_the_table(database, database_url):
    budgets = Budgets(60, 100)
    budgets.charge(KEY, 50)
    await tell(database, budgets)

    assert await ask(database_url, "SELECT api_key_id FROM rate_budget") == KEY.id


async def test_what_can_not_be_told_is_kept():
    database = await Database.open(NOWHERE)
    budgets = Budgets(60, 100)
    budgets.charge(KEY, 50)
    with pytest.raises(Unavailable):
        await tell(database, budgets)
    await database.close()

    assert [round(spent.seconds) for spent in budgets.take()] == [50]


async def test_a_process_that_is_alone_says_so_once_and_goes_on(database, monkeypatch):
    monkeypatch.setattr(cli.sharing, "PAUSE_AFTER_FAILURE_SECONDS", 0)
    nowhere = await Database.open(NOWHERE)
    budgets = Budgets(60, 100)
    tries = []
    put_back = budgets.put_back
    monkeypatch.setattr(budgets, "put_back", lambda batch: (tries.append(1), put_back(batch)))
    budgets.charge(KEY, 50)
    with capture_logs() as logged:
        async with sharing(nowhere, budgets):
            await until(lambda: len(tries) > 2)
    await nowhere.close()

    assert [(entry["event"], entry["log_level"]) for entry in logged] == [(ALONE, "warning")]
    assert 48 <= budgets.level(KEY).remaining <= 52
    async with sharing(database, budgets):
        await until(lambda: not budgets.due.is_set())


async def test_what_is_paid_back_is_cleared(database, database_url):
    budgets = Budgets(60, 100)
    budgets.charge(KEY, 50)
    await tell(database, budgets)
    await ask(database_url, "UPDATE rate_budget SET full_at = now() - interval '1 second'")
    await clear(database)

    assert await ask(database_url, "SELECT count(*) FROM rate_budget") == 0
    assert budgets.level(KEY) >= Level(50, 0)
