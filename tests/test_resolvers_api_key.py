"""API keys, from the client's side: made, read, changed, rotated, revoked, and what is kept."""

import pytest

from access.token import parse
from db import api_key_usage
from db.scope import Scope
from tests.furnished import all_of
from tests.keys import (
    VIEWER,
    create,
    created,
    delete,
    read,
    revoked,
    rotate,
    shown,
    update,
    updated,
)

ALL = [scope.name for scope in Scope]
NOBODYS = "key_01m8848cpwer09kyy0znvy0kcc"


async def test_a_new_key_is_shown_as_it_was_stated(house):
    caller = await house.key()
    stated = {
        "name": " Shop ",
        "description": "For the shop's till.",
        "environment": "production",
        "scopes": ["PRODUCTS_READ", "INVOICES_CREATE", "PRODUCTS_READ"],
        "ipRules": [{"cidr": "192.0.2.0/24", "note": "Office"}, {"cidr": "127.0.0.1"}],
        "expiresAt": "2999-01-01T01:00:00+01:00",
    }

    payload = await created(house, caller, **stated)

    key = payload["apiKey"]
    now = shown(house.clock.now)
    rules = [
        {"id": key["ipRules"][0]["id"], "cidr": "192.0.2.0/24", "note": "Office", "createdAt": now},
        {"id": key["ipRules"][1]["id"], "cidr": "127.0.0.1", "note": None, "createdAt": now},
    ]
    assert key == {
        "id": key["id"],
        "name": "Shop",
        "description": "For the shop's till.",
        "environment": "production",
        "tokenHint": parse(payload["token"]).hint,
        "status": "ACTIVE",
        "fullAccess": False,
        "scopes": ["INVOICES_CREATE", "PRODUCTS_READ"],
        "ipRules": rules,
        "createdAt": now,
        "updatedAt": now,
        "createdBy": {"kind": "API_KEY", "id": caller.id, "name": "Test key"},
        "tokenIssuedAt": now,
        "expiresAt": "2999-01-01T00:00:00Z",
        "revokedAt": None,
        "lastUsedAt": None,
        "lastUsedIp": None,
        "previousTokenExpiresAt": None,
    }
    assert await read(house, caller, key["id"]) == key
    assert (key["id"][:4], [rule["id"][:4] for rule in rules]) == ("key_", ["ipr_", "ipr_"])


async def test_a_new_key_works_and_its_token_is_never_shown_again(house):
    caller = await house.key()
    payload = await created(house, caller)
    token, id = payload["token"], payload["apiKey"]["id"]

    assert (await house.ask(token, VIEWER)).data == {"viewer": {"caller": {"id": id}}}
    refused = await house.ask(caller, "query($id: ID!) { apiKey(id: $id) { token } }", id=id)
    assert refused.codes == ["GRAPHQL_VALIDATION_FAILED"]
    kept = str(await all_of(house, caller.organization))
    assert parse(token).id in kept
    assert parse(token).secret not in kept


@pytest.mark.parametrize("stated", [{}, {"scopes": []}, {"scopes": None}])
async def test_a_key_without_scopes_may_do_everything(house, stated):
    key = (await created(house, await house.key(), **stated))["apiKey"]

    assert (key["fullAccess"], key["scopes"]) == (True, ALL)


async def test_all_scopes_by_name_are_not_full_access(house):
    key = (await created(house, await house.key(), scopes=ALL))["apiKey"]

    assert (key["fullAccess"], key["scopes"]) == (False, ALL)


async def test_what_is_not_there_is_null_to_read_and_not_found_to_change(house):
    caller = await house.key()

    assert await read(house, caller, NOBODYS) is None
    for change in (update, rotate, delete):
        answer = await change(house, caller, NOBODYS)
        assert (answer.codes, answer.error["message"]) == (
            ["NOT_FOUND"],
            "There is no such API key.",
        )


async def test_what_is_not_stated_stays_and_null_empties(house):
    caller = await house.key()
    stated = {"description": "Old", "environment": "ci", "expiresAt": "2999-01-01T00:00:00Z"}
    before = (await created(house, caller, scopes=["PRODUCTS_READ"], **stated))["apiKey"]

    renamed = await updated(house, caller, before["id"], name="Renamed")
    emptied = await updated(
        house, caller, before["id"], description=None, environment=None, expiresAt=None
    )

    moved = shown(house.clock.now)
    assert renamed == {**before, "name": "Renamed", "updatedAt": renamed["updatedAt"]}
    assert emptied == {
        **renamed,
        "description": None,
        "environment": None,
        "expiresAt": None,
        "updatedAt": moved,
    }
    assert before["updatedAt"] < renamed["updatedAt"] < moved


async def test_scopes_end_full_access_and_full_access_ends_scopes(house):
    caller = await house.key()
    id = (await created(house, caller))["apiKey"]["id"]

    limited = await updated(house, caller, id, scopes=["PRODUCTS_READ", "INVOICES_READ"])
    lifted = await updated(house, caller, id, fullAccess=True)

    assert (limited["fullAccess"], limited["scopes"]) == (False, ["INVOICES_READ", "PRODUCTS_READ"])
    assert (lifted["fullAccess"], lifted["scopes"]) == (True, ALL)


async def test_a_change_of_scopes_counts_at_once(house):
    caller = await house.key()
    payload = await created(house, caller)
    asked = "{ products { nodes { id } } }"
    assert (await house.ask(payload["token"], asked)).status == 200

    await updated(house, caller, payload["apiKey"]["id"], scopes=["INVOICES_READ"])

    assert (await house.ask(payload["token"], asked)).codes == ["MISSING_SCOPE"]


async def test_the_last_use_is_shown_once_it_is_written(house):
    caller = await house.key()
    payload = await created(house, caller)
    await house.ask(payload["token"], VIEWER)
    used = shown(house.clock.now)

    async with house.database.transaction() as connection:
        await api_key_usage.write(connection, house.usage.take())

    key = await read(house, caller, payload["apiKey"]["id"])
    assert (key["lastUsedAt"], key["lastUsedIp"]) == (used, "127.0.0.1")


async def test_who_created_a_key_is_kept_as_it_was_called_then(house):
    owner = await house.key(name="Owner")
    maker = await created(house, owner, name="Maker")
    made = await create(house, maker["token"], name="Made")
    id = made.data["createApiKey"]["apiKey"]["id"]

    await updated(house, owner, maker["apiKey"]["id"], name="Other name")
    await revoked(house, owner, maker["apiKey"]["id"])

    creator = (await read(house, owner, id))["createdBy"]
    assert creator == {"kind": "API_KEY", "id": maker["apiKey"]["id"], "name": "Maker"}
