"""How many attempts of one address are looked at at once."""

import asyncio
from collections import Counter
from types import SimpleNamespace

import pytest

import access.turns
from access.cache import KeyCache
from access.check import KeyCheck
from access.errors import RateLimited, Unauthenticated
from access.throttle import Throttle
from access.token import mint
from access.turns import MOST
from db.errors import Unavailable
from tests.test_access_check import HERE, THERE


class Lookups:
    """Finds as the house does once a test lets it, and counts who is there at once."""

    def __init__(self, house):
        self.house, self.opened = house, asyncio.Event()
        self.here = self.most = self.all = 0

    async def __call__(self, token_id):
        self.here, self.all = self.here + 1, self.all + 1
        self.most = max(self.most, self.here)
        try:
            await self.opened.wait()
            return await self.house.find(token_id)
        finally:
            self.here -= 1


@pytest.fixture
def lookups(closed_house):
    return Lookups(closed_house)


@pytest.fixture
def check(closed_house, lookups):
    return KeyCheck(lookups, closed_house.peppers, KeyCache(), Throttle())


async def asked(check, house, tokens, address=HERE):
    """What becomes of requests that come at once."""
    now = house.clock.now
    return await asyncio.gather(
        *(check.caller(token, address, now) for token in tokens), return_exceptions=True
    )


async def test_however_many_come_at_once_no_more_fail_than_there_are_attempts(
    closed_house, lookups, check
):
    lookups.opened.set()
    came_to = await asked(check, closed_house, [mint().text for _ in range(500)])

    counted = Counter(map(type, came_to))
    assert 20 <= counted[Unauthenticated] < 20 + MOST
    assert counted[RateLimited] == 500 - counted[Unauthenticated]
    assert (lookups.all, lookups.most) == (counted[Unauthenticated], MOST)
    assert len(check._turns) == 0


async def test_good_tokens_wait_for_their_turn_and_are_let_in(closed_house, lookups, check):
    lookups.opened.set()
    owner = await closed_house.organization()
    keys = [await closed_house.key(owner) for _ in range(30)]
    callers = await asked(check, closed_house, [key.token for key in keys])

    assert [caller.key.id for caller in callers] == [key.uuid for key in keys]
    assert lookups.most == MOST


async def test_a_token_that_many_send_at_once_is_looked_up_by_the_first(
    closed_house, lookups, check
):
    lookups.opened.set()
    key = await closed_house.key()
    callers = await asked(check, closed_house, [key.token] * 200)

    assert {caller.key.id for caller in callers} == {key.uuid}
    assert lookups.all <= MOST


async def test_another_address_has_turns_of_its_own(closed_house, lookups, check):
    key = await closed_house.key()
    async with asyncio.TaskGroup() as tasks:
        bad = [mint().text for _ in range(9)]
        waiting = tasks.create_task(asked(check, closed_house, bad))
        while lookups.here < MOST:
            await asyncio.sleep(0)
        other = tasks.create_task(asked(check, closed_house, [key.token], THERE))
        while lookups.here < MOST + 1:
            await asyncio.sleep(0)
        assert len(check._turns) == 2
        lookups.opened.set()

    assert [caller.key.id for caller in other.result()] == [key.uuid]
    assert set(map(type, waiting.result())) == {Unauthenticated}


async def after_patience(check, house, lookups, tokens, monkeypatch):
    """What becomes of requests of which all but the first five have waited in vain."""
    monkeypatch.setattr(access.turns, "PATIENCE_SECONDS", 0.01)
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(asked(check, house, tokens))
        while len(check._turns) == 0 or check._turns._here[4, int(HERE)] > MOST:
            await asyncio.sleep(0.001)
        lookups.opened.set()
    assert len(check._turns) == 0
    return waiting.result()


async def test_nobody_waits_for_long(closed_house, lookups, check, monkeypatch):
    bad = [mint().text for _ in range(9)]
    came_to = await after_patience(check, closed_house, lookups, bad, monkeypatch)

    assert Counter(map(type, came_to)) == {Unauthenticated: MOST, Unavailable: 9 - MOST}
    [message] = {str(error) for error in came_to if isinstance(error, Unavailable)}
    assert message == "Keys can't be looked up for now; try again."
    assert lookups.all == MOST


async def test_good_keys_are_not_told_that_they_asked_too_often_while_the_database_is_away(
    closed_house, lookups, check, monkeypatch
):
    async def away(_):
        raise Unavailable("away")

    owner = await closed_house.organization()
    tokens = [(await closed_house.key(owner)).token for _ in range(12)]
    real, lookups.house = lookups.house, SimpleNamespace(find=away)
    came_to = await after_patience(check, closed_house, lookups, tokens, monkeypatch)

    assert set(map(type, came_to)) == {Unavailable}
    lookups.house = real
    assert (await check.caller(tokens[11], HERE, real.clock.now)).key.organization_id == owner
