"""API keys that several requests change at once, and callers that were changed meanwhile."""

import asyncio

from access.cache import KEPT
from db.scope import Scope
from tests.blocked import WAITING
from tests.keys import (
    KEY,
    VIEWER,
    create,
    created,
    delete,
    read,
    rotate,
    rotated,
    update,
    works,
)

ROUNDS = 8


async def test_a_revoked_key_has_no_live_token_however_it_is_rotated(house):
    caller = await house.key()
    for _ in range(ROUNDS):
        payload = await created(house, caller)
        id = payload["apiKey"]["id"]
        assert await works(house, payload["token"])

        rotation, deletion = await asyncio.gather(
            rotate(house, caller, id), delete(house, caller, id)
        )

        assert deletion.data["deleteApiKey"]["apiKey"]["status"] == "REVOKED"
        done, errors = rotation.body["data"]["rotateApiKey"], rotation.body.get("errors", [])
        tokens = [one["token"] for one in (payload, done) if one]
        assert [error["extensions"]["code"] for error in errors] == ["CONFLICT"] * (not done)
        assert [await works(house, token) for token in tokens] == [False] * len(tokens)
        assert (await read(house, caller, id))["status"] == "REVOKED"


async def test_two_rotations_at_once_leave_two_tokens(house):
    caller = await house.key()
    for _ in range(ROUNDS):
        payload = await created(house, caller)
        id = payload["apiKey"]["id"]
        assert await works(house, payload["token"])

        both = await asyncio.gather(rotated(house, caller, id), rotated(house, caller, id))

        tokens = [payload["token"], *(one["token"] for one in both)]
        assert [await works(house, token) for token in tokens] == [False, True, True]


async def test_keys_that_change_each_other_wait_for_no_one(house):
    one = await house.key()
    other = await house.key(one.organization)

    for number in range(ROUNDS):
        answers = await asyncio.gather(
            update(house, one, other.id, name=f"Other {number}"),
            update(house, other, one.id, name=f"One {number}"),
            rotate(house, one, other.id, overlapSeconds=60),
            create(house, other),
        )
        assert [answer.status for answer in answers] == [200] * 4
        assert [answer.body.get("errors") for answer in answers] == [None] * 4
        other = other._replace(token=answers[2].data["rotateApiKey"]["token"])


async def known_then(house, key, change, *values):
    """The key is known to the cache, then changed behind the server's back."""
    assert (await house.ask(key, VIEWER)).status == 200
    async with house.database.transaction() as connection:
        await connection.execute(
            f"UPDATE api_key SET {change} WHERE organization_id = $1 AND id = $2",
            key.organization,
            key.uuid,
            *values,
        )


async def test_what_is_given_rests_on_what_the_database_holds(house):
    caller = await house.key()
    may = [Scope.API_KEYS_CREATE, Scope.PRODUCTS_READ]
    await known_then(house, caller, "full_access = false, granted = $3", may)

    refused = await create(house, caller)
    allowed = await create(house, caller, scopes=["PRODUCTS_READ"])

    lacking = [scope for scope in Scope if scope not in may]
    assert (refused.status, refused.codes) == (200, ["FORBIDDEN"])
    assert refused.error["extensions"]["beyond"] == {"scopes": lacking}
    assert allowed.data["createApiKey"]["apiKey"]["scopes"] == ["PRODUCTS_READ"]


async def test_a_scope_that_was_taken_meanwhile_is_missing(house):
    caller = await house.key()
    await known_then(house, caller, "full_access = false, granted = $3", [Scope.PRODUCTS_READ])

    for change, scope in ((create, "api_keys.create"), (rotate, "api_keys.update")):
        answer = await change(house, caller, **({} if change is create else {"id": caller.id}))
        assert (answer.status, answer.codes) == (403, ["MISSING_SCOPE"])
        assert answer.error["message"] == f"This change needs the scope {scope}."
        assert answer.error["extensions"]["missing"] == [scope]


async def test_a_caller_that_ended_meanwhile_gives_nothing(house):
    owner = await house.organization()
    now = house.clock.now
    for change in ("revoked_at = $3", "expires_at = $3"):
        caller = await house.key(owner)
        await known_then(house, caller, change, now)
        for answer in (await create(house, caller), await update(house, caller, caller.id)):
            assert (answer.status, answer.codes) == (200, ["FORBIDDEN"])
            assert answer.error["message"] == "The API key that asks has ended meanwhile."


async def test_a_caller_that_is_gone_gives_nothing(house):
    caller = await house.key()
    assert (await house.ask(caller, VIEWER)).status == 200
    async with house.database.transaction() as connection:
        await connection.execute(
            "DELETE FROM api_key WHERE organization_id = $1", caller.organization
        )

    assert (await create(house, caller)).codes == ["FORBIDDEN"]


async def test_a_creation_waits_for_a_change_of_its_creator(house):
    caller = await house.key()
    assert (await house.ask(caller, VIEWER)).status == 200
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE api_key SET full_access = false, granted = $2 WHERE organization_id = $1",
            caller.organization,
            [Scope.API_KEYS_CREATE],
        )
        creation = asyncio.create_task(create(house, caller))
        async with house.database.reading() as watching:
            waiting = []
            while not waiting:
                waiting = await watching.fetchval(WAITING)

    assert (await creation).codes == ["FORBIDDEN"]


async def test_a_token_is_shown_although_a_later_field_lost_its_scope(house):
    caller = await house.key()
    text = f"""mutation($id: ID!) {{
      made: createApiKey(input: {{name: "Made"}}) {{ token }}
      narrowed: updateApiKey(input: {{id: $id, scopes: [API_KEYS_READ]}}) {{ apiKey {{ {KEY} }} }}
      late: updateApiKey(input: {{id: $id, name: "Late"}}) {{ apiKey {{ id }} }} }}"""

    answer = await house.ask(caller, text, id=caller.id)

    assert (answer.status, answer.codes) == (200, ["MISSING_SCOPE"])
    assert answer.error["path"] == ["late"]
    data = answer.body["data"]
    assert await works(house, data["made"]["token"])
    assert data["narrowed"]["apiKey"]["scopes"] == ["API_KEYS_READ"]
    assert data["late"] is None


async def test_an_old_answer_is_forgotten_in_ten_seconds_at_the_latest(house):
    caller = await house.key()
    await known_then(house, caller, "revoked_at = $3", house.clock.now)
    assert await works(house, caller.token)

    house.clock.advance(seconds=KEPT.total_seconds())

    assert not await works(house, caller.token)
