"""What a toll does while other processes don't know yet what a key has spent here."""

import asyncio
from dataclasses import replace

import pytest

from access.audience import Audience
from access.budget import Budgets
from access.caller import Caller
from access.errors import OverBudget
from execution.toll import Toll
from tests.test_access_budget import KEY, Clock
from tests.test_execution_cost import cost_of

CALLER = Caller(KEY, None)
# It costs 10.
VIEWER = cost_of("{ viewer { ip } }")


@pytest.fixture
def budgets():
    """100 at once, of which 30 were spent that nobody else knows of."""
    budgets = Budgets(60, 100, clock=Clock())
    budgets.are_shared = True
    budgets.charge(KEY, 30)
    return budgets


async def held_up(budgets, doing, spent):
    """What becomes of it once the others have told of what they spent."""
    task = asyncio.create_task(doing)
    await asyncio.sleep(0)
    assert not task.done()
    budgets.take()
    budgets.settle({KEY.id: spent})
    return await task


async def test_an_operation_is_let_in_once_they_know(budgets):
    await held_up(budgets, Toll(budgets, Audience.KEYS).pay(CALLER, VIEWER, {}), 60.0)

    assert budgets.level(KEY).remaining == 30


async def test_it_is_refused_where_they_have_spent_the_rest(budgets):
    with pytest.raises(OverBudget):
        await held_up(budgets, Toll(budgets, Audience.KEYS).pay(CALLER, VIEWER, {}), 100.0)

    assert budgets.level(KEY).reset_seconds == 100


async def test_who_was_let_in_before_is_let_in_all_the_same(budgets):
    paying = Toll(budgets, Audience.KEYS).pay(CALLER, replace(VIEWER, is_let_in=True), {})
    await held_up(budgets, paying, 100.0)

    assert budgets.level(KEY).reset_seconds == 110


async def test_a_document_is_read_once_they_know(budgets):
    await held_up(budgets, Toll(budgets, Audience.KEYS).must_have_some(CALLER), 60.0)

    assert budgets.level(KEY).remaining == 40


async def test_an_event_is_asked_for_again_once_they_know(budgets):
    toll = Toll(budgets, Audience.KEYS)

    assert await held_up(budgets, toll.lets_in_event(CALLER, 10), 60.0) is False
    assert budgets.level(KEY).remaining == 40
    assert await toll.lets_in_event(CALLER, 10) is True
    assert budgets.level(KEY).remaining == 30
