"""Lets all processes of a database share each key's rate limit."""

import asyncio
from typing import Final

import structlog

from access.budget import Budgets
from db import rate_budget
from db.database import Database
from db.errors import Unavailable
from db.stopping import must_go_on

log = structlog.get_logger()
# What is due meanwhile is told together.
PAUSE_SECONDS: Final = 0.02
PAUSE_AFTER_FAILURE_SECONDS: Final = 1
CLEAR_SECONDS: Final = 600
ALONE = "Rate limits can't be shared for now: each process counts by itself."


async def share(database: Database, budgets: Budgets) -> None:
    """Tell the others what keys spent here, and learn what they spent there, until cancelled."""
    is_alone, budgets.are_shared = False, True
    while True:
        must_go_on()
        await budgets.due.wait()
        try:
            await tell(database, budgets)
            is_alone = False
            await asyncio.sleep(PAUSE_SECONDS)
        except Unavailable as away:
            if not is_alone:
                log.warning(ALONE, reason=str(away))
            is_alone = True
            await asyncio.sleep(PAUSE_AFTER_FAILURE_SECONDS)


async def tell(database: Database, budgets: Budgets) -> None:
    """One statement for all keys that spent enough; what can't be told is kept."""
    batch = budgets.take()
    try:
        async with database.reading() as connection:
            owed = await rate_budget.spend(connection, batch)
    except Unavailable:
        budgets.put_back(batch)
        raise
    budgets.settle(owed)


async def clear(database: Database) -> None:
    async with database.reading() as connection:
        await rate_budget.clear(connection)
