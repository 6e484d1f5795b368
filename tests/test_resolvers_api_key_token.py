"""Tokens of API keys: how they follow each other, and when they end."""

from datetime import timedelta

import pytest

from access.token import parse
from db.scope import Scope
from tests.furnished import all_of
from tests.keys import (
    VIEWER,
    created,
    read,
    revoked,
    rotate,
    rotated,
    shown,
    update,
    updated,
    works,
)

DAY = timedelta(days=1)


async def test_both_tokens_work_until_the_overlap_ends(house):
    caller = await house.key()
    first = await created(house, caller, expiresAt="2999-01-01T00:00:00Z")
    second = await rotated(house, caller, first["apiKey"]["id"])

    key, now = second["apiKey"], house.clock.now
    assert key == {
        **first["apiKey"],
        "tokenHint": parse(second["token"]).hint,
        "tokenIssuedAt": shown(now),
        "updatedAt": shown(now),
        "previousTokenExpiresAt": shown(now + DAY),
    }
    assert parse(second["token"]).id == parse(first["token"]).id
    tokens = [first["token"], second["token"]]
    assert [await works(house, token) for token in tokens] == [True, True]
    house.clock.advance(seconds=86_400 - 1)
    assert [await works(house, token) for token in tokens] == [True, True]
    house.clock.advance(seconds=1)
    ended = await house.ask(first["token"], VIEWER)
    assert ended.error["message"] == "This API key's token has expired."
    assert [await works(house, token) for token in tokens] == [False, True]
    assert (await read(house, caller, key["id"]))["previousTokenExpiresAt"] is None


@pytest.mark.parametrize(
    ("overlap", "message"),
    [
        (-1, "must be at least 0"),
        (2_592_001, "must be at most 2592000"),
    ],
)
async def test_an_overlap_is_30_days_at_most(house, overlap, message):
    caller = await house.key()
    before = await all_of(house, caller.organization)

    answer = await rotate(house, caller, caller.id, overlapSeconds=overlap)

    assert (answer.status, answer.codes) == (200, ["INVALID_INPUT"])
    assert answer.fields == {"input.overlapSeconds": message}
    assert await all_of(house, caller.organization) == before


async def test_an_overlap_that_is_null_is_the_usual_one(house):
    caller = await house.key()

    key = (await rotated(house, caller, caller.id, overlapSeconds=None))["apiKey"]

    assert key["previousTokenExpiresAt"] == shown(house.clock.now + DAY)


async def test_without_an_overlap_the_old_token_ends_at_once(house):
    caller = await house.key()
    first = await created(house, caller)
    assert await works(house, first["token"])

    second = await rotated(house, caller, first["apiKey"]["id"], overlapSeconds=0)

    assert [await works(house, one["token"]) for one in (first, second)] == [False, True]
    assert second["apiKey"]["previousTokenExpiresAt"] is None


async def test_a_rotation_ends_the_overlap_that_runs(house):
    caller = await house.key()
    first = await created(house, caller)
    id = first["apiKey"]["id"]

    second = await rotated(house, caller, id, overlapSeconds=2_592_000)
    third = await rotated(house, caller, id, overlapSeconds=60)
    now = house.clock.now

    payloads = (first, second, third)
    assert [await works(house, one["token"]) for one in payloads] == [False, True, True]
    ends = third["apiKey"]["previousTokenExpiresAt"]
    assert ends == shown(now + timedelta(minutes=1))


async def test_a_revoked_key_stays_in_the_list_and_works_no_more(house):
    caller = await house.key()
    payload = await created(house, caller)
    token, before = payload["token"], payload["apiKey"]
    rotation = await rotated(house, caller, before["id"])
    tokens = [token, rotation["token"]]
    assert [await works(house, token) for token in tokens] == [True, True]

    ended = await revoked(house, caller, before["id"])

    now = shown(house.clock.now)
    assert (ended["status"], ended["revokedAt"], ended["updatedAt"]) == ("REVOKED", now, now)
    assert ended["previousTokenExpiresAt"] is None
    assert await read(house, caller, before["id"]) == ended
    assert [await works(house, token) for token in tokens] == [False, False]


async def test_revoking_again_changes_nothing(house):
    caller = await house.key()
    id = (await created(house, caller))["apiKey"]["id"]
    once = await revoked(house, caller, id)
    before = await all_of(house, caller.organization)

    assert await revoked(house, caller, id) == once
    assert await all_of(house, caller.organization) == before


@pytest.mark.parametrize("change", [update, rotate])
async def test_a_revoked_key_cannot_be_changed(house, change):
    caller = await house.key()
    id = (await created(house, caller))["apiKey"]["id"]
    await revoked(house, caller, id)
    before = await all_of(house, caller.organization)

    answer = await change(house, caller, id)

    assert (answer.status, answer.codes) == (200, ["CONFLICT"])
    assert await all_of(house, caller.organization) == before


async def test_a_key_may_revoke_itself(house):
    key = await house.key(scopes=[Scope.API_KEYS_DELETE])

    assert (await revoked(house, key, key.id))["status"] == "REVOKED"
    again = await house.ask(key, VIEWER)
    assert (again.status, again.error["message"]) == (401, "This API key is revoked.")


async def test_an_expired_key_can_be_given_time_again(house):
    caller = await house.key()
    expires = shown(house.clock.now + DAY)
    payload = await created(house, caller, expiresAt=expires)
    house.clock.advance(days=1)
    assert (await read(house, caller, payload["apiKey"]["id"]))["status"] == "EXPIRED"
    assert not await works(house, payload["token"])

    key = await updated(house, caller, payload["apiKey"]["id"], expiresAt=None)

    house.clock.advance(seconds=1)
    assert (key["status"], await works(house, payload["token"])) == ("ACTIVE", True)
