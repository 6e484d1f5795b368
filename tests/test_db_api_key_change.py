"""Each change of a key is announced once, by its own transaction."""

from datetime import timedelta

from access.issue import new_token
from db import api_key_change
from db.actor import OPERATOR, Origin
from db.api_key import Details
from tests.event_parts import deliveries, events, subscribe, told
from tests.shop import abandoned

KEY = "apiKey { id name status updatedAt }"
CREATE = f"mutation($input: CreateApiKeyInput!) {{ createApiKey(input: $input) {{ {KEY} }} }}"
UPDATE = f"mutation($input: UpdateApiKeyInput!) {{ updateApiKey(input: $input) {{ {KEY} }} }}"
ROTATE = f"mutation($input: RotateApiKeyInput!) {{ rotateApiKey(input: $input) {{ {KEY} }} }}"
REVOKE = f"mutation($input: DeleteApiKeyInput!) {{ deleteApiKey(input: $input) {{ {KEY} }} }}"
CHANGES = (CREATE, UPDATE, ROTATE, REVOKE)


async def asked(house, key, change, **stated):
    """The key that an operation shows."""
    [payload] = (await house.ask(key, change, input=stated)).data.values()
    return payload["apiKey"]


async def said(house, owner):
    """What was told of keys, of each what the operations show too."""
    names = ("id", "name", "status", "updatedAt")
    return [
        (type_, {name: data[name] for name in names})
        for type_, data in await told(house.database, owner)
    ]


async def test_each_change_is_announced_with_what_it_made(house):
    key, other = await house.key(), await house.key()
    hook = await subscribe(house.database, key.organization, house.clock())
    await subscribe(house.database, other.organization, house.clock())
    made = await asked(house, key, CREATE, name="Robot")
    renamed = await asked(house, key, UPDATE, id=made["id"], name="Mill")
    rotated = await asked(house, key, ROTATE, id=made["id"])
    revoked = await asked(house, key, REVOKE, id=made["id"])

    assert (await said(house, key.organization))[1:] == [
        ("api_key.created", made),
        ("api_key.updated", renamed),
        ("api_key.rotated", rotated),
        ("api_key.revoked", revoked),
    ]
    sent = await deliveries(house.database, key.organization)
    assert [(row["webhook_id"], row["event_type"]) for row in sent] == [
        (hook, "api_key.created"),
        (hook, "api_key.updated"),
        (hook, "api_key.rotated"),
        (hook, "api_key.revoked"),
    ]
    assert await deliveries(house.database, other.organization) == []


async def test_revoking_a_revoked_key_announces_nothing(house):
    key = await house.key()
    made = await asked(house, key, CREATE, name="Robot")
    revoked = await asked(house, key, REVOKE, id=made["id"])
    before = await events(house.database, key.organization)

    assert await asked(house, key, REVOKE, id=made["id"]) == revoked
    assert await events(house.database, key.organization) == before


async def test_what_was_refused_is_not_announced(house):
    key, other = await house.key(), await house.key()
    made = await asked(house, key, CREATE, name="Robot")
    await asked(house, key, REVOKE, id=made["id"])
    before = await events(house.database, key.organization)

    for change, code in ((UPDATE, "CONFLICT"), (ROTATE, "CONFLICT")):
        answer = await house.ask(key, change, input={"id": made["id"]})
        assert answer.codes == [code]
    for change in CHANGES[1:]:
        answer = await house.ask(other, change, input={"id": key.id})
        assert answer.codes == ["NOT_FOUND"]
    assert await events(house.database, key.organization) == before
    assert len(await events(house.database, other.organization)) == 1


async def test_a_change_that_is_rolled_back_is_not_announced(house):
    key = await house.key()
    owner = key.organization
    before = await events(house.database, owner)
    powers = {"full_access": True, "granted": [], "rules": [], "expires_at": None}
    now = house.clock()
    ends = now + timedelta(hours=1)

    async with abandoned(house.database) as connection:
        origin, (_, token) = Origin(OPERATOR, now), new_token(house.peppers)
        details = Details(name="Robot")
        await api_key_change.create(connection, owner, origin, details, powers, token)
        held = (await api_key_change.lock(connection, owner, [key.uuid]))[key.uuid]
        await api_key_change.change(connection, origin, held, {"name": "Mill"})
        await api_key_change.rotate(connection, origin, held, token, ends)
        await api_key_change.revoke(connection, origin, held)
        assert (
            await connection.fetchval(
                "SELECT count(*) FROM event WHERE organization_id = $1", owner
            )
            == 5
        )

    assert await events(house.database, owner) == before
    assert len(before) == 1
