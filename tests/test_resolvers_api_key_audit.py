"""What the audit trail keeps of API keys: who did what from where, and no secret."""

import base64

from access.token import parse
from tests.keys import created, delete, revoked, rotate, rotated, rules, shown, update, updated


async def entries(house, owner, *columns):
    async with house.database.reading() as connection:
        rows = await connection.fetch(
            f"SELECT {', '.join(columns)} FROM audit_entry"
            " WHERE organization_id = $1 AND actor_kind = 'API_KEY' ORDER BY created_at",
            owner,
        )
    return [tuple(row) for row in rows]


async def test_each_change_is_recorded_with_what_it_changed(house):
    caller = await house.key()
    later = "2999-01-01T00:00:00Z"
    payload = await created(house, caller, scopes=["PRODUCTS_READ"], ipRules=rules("192.0.2.7"))
    id = payload["apiKey"]["id"]
    await updated(house, caller, id, name="Renamed", ipRules=[], expiresAt=later)
    await updated(house, caller, id, fullAccess=True)
    rotation = await rotated(house, caller, id, overlapSeconds=60)
    await rotated(house, caller, id, overlapSeconds=0)
    await revoked(house, caller, id)

    found = await entries(house, caller.organization, "action", "subject_id", "changes")

    assert [(action, subject) for action, subject, _ in found] == [
        ("api_key.created", id),
        ("api_key.updated", id),
        ("api_key.updated", id),
        ("api_key.rotated", id),
        ("api_key.rotated", id),
        ("api_key.revoked", id),
    ]
    assert [changes for _, _, changes in found] == [
        {
            "full_access": False,
            "granted": ["products.read"],
            "rules": ["192.0.2.7"],
            "expires_at": None,
        },
        {"name": "Renamed", "rules": [], "expires_at": "2999-01-01T00:00:00+00:00"},
        {"full_access": True, "granted": []},
        {
            "previous_token_expires_at": rotation["apiKey"]["previousTokenExpiresAt"].replace(
                "Z", "+00:00"
            )
        },
        {"previous_token_expires_at": None},
        {},
    ]


async def test_an_entry_says_who_did_it_when_and_from_where(house):
    caller = await house.key(name="Till")

    answer = await house.ask(
        caller,
        'mutation { createApiKey(input: {name: "New"}) { apiKey { createdAt } } }',
        headers={"X-Request-Id": "till-7"},
    )

    columns = ("actor_kind", "actor_id", "actor_name", "host(address)", "request_id", "created_at")
    [(*who, created_at)] = await entries(house, caller.organization, *columns)
    assert who == ["API_KEY", caller.id, "Till", "127.0.0.1", "till-7"]
    assert shown(created_at) == answer.data["createApiKey"]["apiKey"]["createdAt"]


async def test_what_is_refused_is_not_recorded(house):
    caller = await house.key()
    id = (await created(house, caller))["apiKey"]["id"]
    await revoked(house, caller, id)

    await update(house, caller, id, name="Late")
    await rotate(house, caller, id)
    await delete(house, caller, id)

    found = await entries(house, caller.organization, "action")
    assert found == [("api_key.created",), ("api_key.revoked",)]


async def test_no_secret_is_recorded(house):
    caller = await house.key()
    payload = await created(house, caller)
    rotation = await rotated(house, caller, payload["apiKey"]["id"])
    await revoked(house, caller, payload["apiKey"]["id"])

    async with house.database.reading() as connection:
        recorded = await connection.fetchval(
            "SELECT string_agg(e::text, '') FROM audit_entry e WHERE organization_id = $1",
            caller.organization,
        )
    pepper = house.peppers._keys[house.peppers.current]
    secrets = [pepper.hex(), base64.b64encode(pepper).decode()]
    for token in (payload["token"], rotation["token"]):
        _, digest = house.peppers.digest(parse(token).secret)
        secrets += [parse(token).secret, digest.hex(), base64.b64encode(digest).decode()]
    assert "api_key.rotated" in recorded
    assert [secret for secret in secrets if secret in recorded] == []
