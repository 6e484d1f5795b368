"""What is told of keys: those that expire soon, and those that were refused for their address."""

import asyncio
from datetime import timedelta
from ipaddress import ip_address

from db.api_key_notice import tell_expiring, tell_refused
from db.ids import shown
from db.refusal import Refusal
from tests.told import counted, quiet_key, rows

HERE, THERE = ip_address("192.0.2.7"), ip_address("2001:db8::1")


async def told(house, owner):
    """The titles that the organization was told, oldest first."""
    return [row["title"] for row in await rows(house, owner, "notification")]


async def sweep(house, **most):
    async with house.database.transaction() as connection:
        return await tell_expiring(connection, house.clock(), **most)


async def expiring(house, owner, name, **span):
    return await quiet_key(house, owner, name=name, expires_at=house.clock.now + timedelta(**span))


async def refuse(house, *refusals):
    async with house.database.transaction() as connection:
        await tell_refused(connection, refusals)


def refusal(house, key, address=HERE):
    return Refusal(key.organization, key.uuid, "Test key", address, house.clock())


async def test_an_expiry_is_told_a_week_and_a_day_ahead_and_once_each(house, owner):
    key = await expiring(house, owner, "Till", days=30)
    [at] = [row["expires_at"] for row in await rows(house, owner, "api_key")]
    counts = []
    for days in (22, 1.5, 1, 4.4, 0.5, 0.4):
        house.clock.advance(days=days)
        counts += [await sweep(house), await sweep(house)]

    assert counts == [0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0]
    first, second = await rows(house, owner, "notification")
    assert (first["title"], second["title"]) == (
        'API key "Till" expires within 7 days',
        'API key "Till" expires within a day',
    )
    assert (first["category"], first["subject_id"]) == ("API_KEYS", key.id)
    assert (
        first["body"]
        == second["body"]
        == (
            f'The API key "Till" ({key.id}) expires on {at:%Y-%m-%d at %H:%M} UTC. From then on'
            " each request with its token is refused. Give it a later expiry, or put another key"
            " in its place."
        )
    )
    assert await counted(house, owner) == (2, 2)


async def test_a_key_that_never_lived_longer_is_no_news(house, owner):
    await expiring(house, owner, "Day", hours=23)
    await expiring(house, owner, "Week", days=6)
    await quiet_key(house, owner, name="Forever")

    assert await sweep(house) == 0
    house.clock.advance(days=5.5)

    assert await sweep(house) == 1
    assert await told(house, owner) == ['API key "Week" expires within a day']


async def test_what_is_over_or_revoked_is_not_told(house, owner):
    await expiring(house, owner, "Over", days=10)
    revoked = await expiring(house, owner, "Revoked", days=17)
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE api_key SET revoked_at = now() WHERE organization_id = $1 AND id = $2",
            owner,
            revoked.uuid,
        )
    house.clock.advance(days=10, hours=1)

    assert await sweep(house) == 0
    assert await told(house, owner) == []


async def test_another_expiry_is_told_anew(house, owner):
    key = await expiring(house, owner, "Till", days=30)
    house.clock.advance(days=25)
    assert await sweep(house) == 1
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE api_key SET expires_at = expires_at + interval '10 days'"
            " WHERE organization_id = $1 AND id = $2",
            owner,
            key.uuid,
        )

    assert await sweep(house) == 0
    house.clock.advance(days=9)

    assert await sweep(house) == 1
    assert await told(house, owner) == ['API key "Till" expires within 7 days'] * 2


async def test_keys_of_all_organizations_are_told_in_batches(house):
    owners = [await house.organization() for _ in range(3)]
    for owner in owners:
        await expiring(house, owner, "Till", days=10)
    house.clock.advance(days=4)

    assert [await sweep(house, most=2) for _ in range(3)] == [2, 1, 0]
    for owner in owners:
        assert await told(house, owner) == ['API key "Till" expires within 7 days']


async def test_several_sweepers_at_once_tell_once(house, owner):
    for place in range(5):
        await expiring(house, owner, f"Key {place}", days=10)
    house.clock.advance(days=4)

    swept = await asyncio.gather(*(sweep(house, most=most) for most in (5, 3, 2, 5)))

    assert sum(swept) == 5
    assert sorted(await told(house, owner)) == [
        f'API key "Key {place}" expires within 7 days' for place in range(5)
    ]
    assert await counted(house, owner) == (5, 5)


async def test_a_refusal_is_told_once_in_a_day_for_each_key(house, owner):
    one, two = await quiet_key(house, owner), await quiet_key(house, owner)

    await refuse(house, refusal(house, one), refusal(house, two, THERE))
    await refuse(house, refusal(house, one, THERE))
    house.clock.advance(hours=23, minutes=59)
    await refuse(house, refusal(house, one), refusal(house, two))
    house.clock.advance(minutes=2)
    await refuse(house, refusal(house, two))

    assert await told(house, owner) == [
        'API key "Test key" was refused at 192.0.2.7',
        'API key "Test key" was refused at 2001:db8::1',
        'API key "Test key" was refused at 192.0.2.7',
    ]
    first, _, last = await rows(house, owner, "notification")
    assert (first["category"], first["subject_id"]) == ("SECURITY", one.id)
    assert last["subject_id"] == two.id
    assert first["body"] == (
        f'The API key "Test key" ({one.id}) was used from 192.0.2.7, which its IP rules don\'t'
        " allow, and was refused. If that was one of you, add the address to its rules; if not,"
        " somebody else has its token: rotate the key, or revoke it. For each key this is told"
        " once in 24 hours."
    )


async def test_several_processes_tell_of_the_same_refusals_once(house):
    keys = [await quiet_key(house, await house.organization()) for _ in range(4)]
    refusals = [refusal(house, key) for key in keys]

    await asyncio.gather(*(refuse(house, *refusals[::step]) for step in (1, -1, 1, -1)))

    for key in keys:
        [row] = await rows(house, key.organization, "notification")
        assert row["subject_id"] == shown("key", key.uuid)
        assert await counted(house, key.organization) == (1, 1)
