"""What keys may cost: buckets in memory, and what is told of them to other processes."""

import asyncio
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

import access.budget
from access.budget import AHEAD, Budgets, Level
from access.caller import KnownKey
from access.networks import Rules
from db.actor import Actor, ActorKind
from db.scope import ALL_SCOPES
from db.spent import Spent

OWNER = UUID(int=7)


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def known(id=None):
    actor = Actor(ActorKind.API_KEY, "key_1", "Shop")
    return KnownKey(
        organization_id=OWNER,
        id=id or uuid4(),
        actor=actor,
        scopes=ALL_SCOPES,
        full_access=True,
        rules=Rules(frozenset()),
        expires_at=None,
    )


KEY = known()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def budgets(clock):
    """100 at once, and one comes back each second."""
    return Budgets(60, 100, clock=clock)


def test_a_bucket_is_full_at_first(budgets):
    assert budgets.level(KEY) == Level(100, 0)
    assert (len(budgets), budgets.window_seconds, budgets.are_limited) == (0, 100, True)


def test_without_a_limit_nothing_is_limited():
    assert Budgets().are_limited is False


def test_what_is_spent_comes_back(budgets, clock):
    budgets.charge(KEY, 30)
    assert budgets.level(KEY) == Level(70, 30)
    clock.now += 10.5
    assert budgets.level(KEY) == Level(80, 20)
    clock.now += 1000
    assert budgets.level(KEY) == Level(100, 0)
    budgets.charge(KEY, 1)
    assert budgets.level(KEY) == Level(99, 1)


def test_keys_are_apart(budgets):
    budgets.charge(KEY, 100)

    assert budgets.level(known()) == Level(100, 0)
    assert budgets.charge(known(), 0) == 0


def test_the_last_unit_lets_anything_in_and_the_rest_is_owed(budgets, clock):
    budgets.charge(KEY, 99)
    assert (budgets.level(KEY), budgets.charge(KEY, 0)) == (Level(1, 99), 0)
    budgets.charge(KEY, 50)
    assert (budgets.level(KEY), budgets.charge(KEY, 0)) == (Level(0, 149), 50)
    clock.now += 49.5
    assert (budgets.level(KEY), budgets.charge(KEY, 0)) == (Level(0, 100), 1)
    clock.now += 0.5
    assert (budgets.level(KEY), budgets.charge(KEY, 0)) == (Level(1, 99), 0)


@given(
    per_minute=st.integers(1, 10**9),
    burst=st.integers(1, 10**9),
    steps=st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 120)), max_size=20),
)
def test_nobody_waits_while_something_remains_or_longer_than_is_told(per_minute, burst, steps):
    clock = Clock()
    budgets = Budgets(per_minute, burst, clock=clock)
    for cost, seconds in steps:
        budgets.charge(KEY, cost)
        wait = budgets.charge(KEY, 0)
        assert (wait > 0) == (budgets.level(KEY).remaining == 0)
        clock.now += wait
        assert budgets.level(KEY).remaining >= 1
        assert budgets.charge(KEY, 0) == 0
        clock.now += seconds


def test_little_spending_is_nobody_elses_news(budgets):
    budgets.charge(KEY, 12)
    assert (budgets.due.is_set(), budgets.take()) == (False, [])


def test_an_eighth_of_the_burst_is_told_once(budgets):
    budgets.charge(KEY, 12)
    budgets.charge(KEY, 1)
    assert budgets.due.is_set()
    assert budgets.take() == [Spent(OWNER, KEY.id, 13.0)]
    assert (budgets.due.is_set(), budgets.take()) == (False, [])


def test_what_all_have_spent_counts(budgets, clock):
    budgets.charge(KEY, 20)
    [told] = budgets.take()
    budgets.charge(KEY, 5)
    clock.now += 2
    budgets.settle({told.api_key_id: 60.0})

    assert budgets.level(KEY) == Level(35, 65)


def test_what_others_say_of_a_forgotten_key_is_passed_over(budgets):
    budgets.settle({KEY.id: 60.0})

    assert (len(budgets), budgets.level(KEY)) == (0, Level(100, 0))


def test_what_could_not_be_told_is_told_later(budgets):
    budgets.charge(KEY, 20)
    budgets.put_back(budgets.take())
    budgets.charge(KEY, 5)

    assert budgets.due.is_set()
    assert budgets.take() == [Spent(OWNER, KEY.id, 25.0)]


def test_a_key_that_was_forgotten_meanwhile_is_still_told(budgets):
    budgets.put_back([Spent(OWNER, KEY.id, 20.0)])

    assert budgets.take() == [Spent(OWNER, KEY.id, 20.0)]


def test_what_waits_to_be_told_is_never_more_than_can_be_owed(budgets, clock):
    for _ in range(50):
        budgets.charge(KEY, 20)
        clock.now += 20
    assert budgets.take() == [Spent(OWNER, KEY.id, 100.0)]

    budgets.charge(KEY, 5000)
    assert budgets.take() == [Spent(OWNER, KEY.id, 5000.0)]


async def test_a_key_that_is_ahead_waits_until_the_others_know(budgets):
    budgets.are_shared = True
    budgets.charge(KEY, 24)
    assert budgets.is_ahead(KEY) is False
    budgets.charge(KEY, 1)
    assert (budgets.is_ahead(KEY), budgets.charge(KEY, 1)) == (True, AHEAD)
    waiting = asyncio.create_task(budgets.caught_up(KEY))
    await asyncio.sleep(0)
    [told] = budgets.take()
    assert (budgets.is_ahead(KEY), waiting.done()) == (True, False)
    budgets.settle({told.api_key_id: 25.0})
    await waiting

    assert (budgets.is_ahead(KEY), budgets.are_shared) == (False, True)
    assert budgets.level(KEY) == Level(75, 25)


async def test_of_many_that_wait_no_more_go_on_than_an_eighth_has_room_for(budgets):
    budgets.are_shared = True
    budgets.charge(KEY, 25)

    async def one():
        while budgets.charge(KEY, 10) == AHEAD:
            await budgets.caught_up(KEY)

    asking = [asyncio.create_task(one()) for _ in range(8)]
    await asyncio.sleep(0)
    budgets.take()
    budgets.settle({KEY.id: 25.0})
    await asyncio.sleep(0.01)
    assert [spent.seconds for spent in budgets.take()] == [30.0]
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    budgets.settle({KEY.id: 55.0})


async def test_whoever_has_used_up_everything_is_refused_without_waiting(budgets):
    budgets.charge(KEY, 100)
    budgets.are_shared = True

    assert (budgets.is_ahead(KEY), budgets.charge(KEY, 1)) == (True, 1)


async def test_where_the_others_can_not_be_told_a_key_goes_on(budgets):
    budgets.are_shared = True
    budgets.charge(KEY, 25)
    waiting = asyncio.create_task(budgets.caught_up(KEY))
    await asyncio.sleep(0)
    budgets.put_back(budgets.take())
    await waiting

    assert (budgets.are_shared, budgets.is_ahead(KEY)) == (False, False)


async def test_nobody_waits_for_long(budgets, monkeypatch):
    monkeypatch.setattr(access.budget, "PATIENCE_SECONDS", 0.01)
    budgets.are_shared = True
    budgets.charge(KEY, 25)
    await asyncio.wait([asyncio.create_task(budgets.caught_up(KEY))])

    assert (budgets.are_shared, budgets.is_ahead(KEY)) == (False, False)
    assert [spent.seconds for spent in budgets.take()] == [25.0]


def test_the_buckets_are_bounded_and_the_emptiest_are_kept(clock):
    budgets = Budgets(60, 100, clock=clock, size=20)
    keys = [known(UUID(int=number)) for number in range(21)]
    for number, key in enumerate(keys[:20]):
        budgets.charge(key, 100 - number)
    budgets.charge(keys[20], 50)

    assert len(budgets) == 19
    assert [budgets.level(key).remaining for key in keys[16:]] == [16, 17, 100, 100, 50]
    assert {spent.api_key_id.int for spent in budgets.take()} == {*range(18), 20}


def test_what_was_spent_already_is_owed_whatever_is_left(budgets, clock):
    budgets.owe(KEY, 30)
    assert budgets.level(KEY) == Level(70, 30)
    budgets.owe(KEY, 90)
    assert (budgets.level(KEY), budgets.charge(KEY, 1)) == (Level(0, 120), 21)
    assert budgets.take() == [Spent(OWNER, KEY.id, 120.0)]
    clock.now += 200
    budgets.owe(KEY, 1)
    assert budgets.level(KEY) == Level(99, 1)
