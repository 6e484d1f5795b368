"""What is read while a key changes is used once and kept no longer."""

import asyncio

import pytest

from db import api_key_change
from db.errors import Unavailable
from tests.test_access_check import HERE, SECOND, check_of, refusal
from tests.test_access_check_tokens import EXPIRED, REVOKED, change

CHANGES = {
    "forget": lambda cache, key: cache.forget(key.uuid),
    "clear": lambda cache, _: cache.clear(),
    "heard": lambda cache, key: cache.heard(str(key.uuid)),
    "heard all": lambda cache, _: cache.heard("*"),
}


class Gate:
    """Finds as the house does, but holds what was read until a test opens it."""

    def __init__(self, house):
        self.house, self.read, self.opened = house, asyncio.Event(), asyncio.Event()

    async def __call__(self, token_id):
        row = await self.house.find(token_id)
        self.read.set()
        await self.opened.wait()
        return row


@pytest.fixture
def now(closed_house):
    return closed_house.clock.now


async def expires(connection, origin, row, at):
    return await api_key_change.change(connection, origin, row, {"expires_at": at})


@pytest.mark.parametrize("told", CHANGES.values(), ids=CHANGES)
async def test_a_key_that_was_read_before_its_revocation_is_used_once(closed_house, now, told):
    key, gate = await closed_house.key(), Gate(closed_house)
    check = check_of(closed_house, find=gate)
    async with asyncio.TaskGroup() as tasks:
        checked = tasks.create_task(check.caller(key.token, HERE, now))
        await gate.read.wait()
        await change(closed_house, key, api_key_change.revoke)
        told(closed_house.cache, key)
        gate.opened.set()
    assert checked.result().key.id == key.uuid
    assert await refusal(check, key.token, now) == REVOKED


@pytest.mark.parametrize("told", CHANGES.values(), ids=CHANGES)
async def test_a_refusal_that_was_read_before_more_time_was_given_is_used_once(
    closed_house, now, told
):
    key, gate = await closed_house.key(expires_at=now), Gate(closed_house)
    check = check_of(closed_house, find=gate)
    async with asyncio.TaskGroup() as tasks:
        checked = tasks.create_task(refusal(check, key.token, now))
        await gate.read.wait()
        await change(closed_house, key, expires, now + 60 * SECOND)
        told(closed_house.cache, key)
        gate.opened.set()
    assert checked.result() == EXPIRED
    assert (await check.caller(key.token, HERE, now)).key.id == key.uuid


async def test_a_key_that_is_given_more_time_works_at_once(closed_house, now):
    check = check_of(closed_house)
    key = await closed_house.key(expires_at=now)
    assert await refusal(check, key.token, now) == EXPIRED
    await change(closed_house, key, expires, now + 60 * SECOND)
    closed_house.cache.forget(key.uuid)
    assert (await check.caller(key.token, HERE, now)).key.id == key.uuid


async def test_a_read_that_fails_is_nobodys_failure(closed_house, now):
    async def away(_):
        raise Unavailable("The database is away for now; try again.")

    key = await closed_house.key()
    with pytest.raises(Unavailable):
        await check_of(closed_house, find=away).caller(key.token, HERE, now)
    assert len(closed_house.throttle) == 0
    found = await check_of(closed_house).caller(key.token, HERE, now)
    assert found.key.id == key.uuid
