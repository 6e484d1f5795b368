"""What is finished and old is taken away with all that hangs on it, and nothing else."""

import asyncio
from datetime import timedelta

import pytest

from db import delivery_change, delivery_prune, tally
from db.delivery_list import first_id
from tests.delivery_parts import deliveries, happen, webhook
from tests.queue_parts import arrived, attempts, by_client, failed, lane, settle

EVENTS = "SELECT id FROM event e WHERE e.organization_id = $1 ORDER BY id"


async def prune(house, owner, before):
    async with house.database.transaction() as connection:
        return await delivery_prune.prune(connection, owner, before)


async def events(house, owner):
    async with house.database.reading() as connection:
        return [row["id"] for row in await connection.fetch(EVENTS, owner)]


async def counted(house, owner):
    async with house.database.reading() as connection:
        return await tally.read(connection, owner, "webhook_delivery")


async def test_what_is_old_goes_with_its_attempts_and_its_event(house):
    key = await lane(house, 2)
    owner = key.organization_id
    old, waiting = await deliveries(house, owner)
    await settle(house, arrived(house, old), failed(house, waiting))
    middle = house.clock()
    await happen(house, owner)
    new = (await deliveries(house, owner))[-1]
    await settle(house, arrived(house, new))

    assert await prune(house, owner, middle) is False
    left = await deliveries(house, owner)
    assert [row["id"] for row in left] == [waiting["id"], new["id"]]
    assert len(await attempts(house, key)) == 2
    assert await events(house, owner) == [waiting["event_id"], new["event_id"]]
    assert await counted(house, owner) == 2


async def test_an_event_stays_as_long_as_any_of_its_deliveries_waits(house):
    key = await lane(house, 0)
    owner = key.organization_id
    await webhook(house, owner, "https://other.test")
    await happen(house, owner)
    first, second = await deliveries(house, owner)
    await settle(house, arrived(house, first))
    assert await prune(house, owner, house.clock()) is False
    assert await events(house, owner) == [first["event_id"]]

    await by_client(house, delivery_change.cancel, key, second["id"])
    await prune(house, owner, house.clock())
    assert (await deliveries(house, owner), await events(house, owner)) == ([], [])
    assert await counted(house, owner) == 0


async def test_an_event_that_nobody_was_sent_goes_too(house):
    owner = await house.organization()
    await happen(house, owner, 2)
    [_, second] = await events(house, owner)
    async with house.database.reading() as connection:
        made = await connection.fetchval(
            "SELECT created_at FROM event e WHERE e.organization_id = $1 AND id = $2", owner, second
        )

    assert await prune(house, owner, made) is False
    assert await events(house, owner) == [second]


async def test_the_moment_itself_is_not_before(house):
    key = await lane(house)
    [row] = await deliveries(house, key.organization_id)
    await settle(house, arrived(house, row))
    assert first_id(row["created_at"]) <= row["id"]

    await prune(house, key.organization_id, row["created_at"])
    assert len(await deliveries(house, key.organization_id)) == 1
    await prune(house, key.organization_id, row["created_at"] + timedelta(microseconds=1))
    assert await deliveries(house, key.organization_id) == []


async def test_nobody_elses_is_taken_away(house):
    key, other = await lane(house), await lane(house)
    for one in (key, other):
        [row] = await deliveries(house, one.organization_id)
        await settle(house, arrived(house, row))
    await prune(house, key.organization_id, house.clock())

    assert await deliveries(house, key.organization_id) == []
    assert len(await deliveries(house, other.organization_id)) == 1
    assert len(await events(house, other.organization_id)) == 1
    assert await counted(house, other.organization_id) == 1


@pytest.mark.parametrize("count", [1_000, 1_500])
async def test_it_goes_step_by_step(house, count):
    key = await lane(house, count)
    owner = key.organization_id
    rows = await deliveries(house, owner)
    await settle(house, *(arrived(house, row) for row in rows))
    now = house.clock()

    assert await prune(house, owner, now) is True
    assert len(await deliveries(house, owner)) == count - 1_000
    assert await prune(house, owner, now) is False
    assert await deliveries(house, owner) == []
    assert await counted(house, owner) == 0


async def test_two_at_once_take_nothing_away_twice(house):
    key = await lane(house, 300)
    owner = key.organization_id
    rows = await deliveries(house, owner)
    await settle(house, *(arrived(house, row) for row in rows))
    now = house.clock()
    await asyncio.gather(*(prune(house, owner, now) for _ in range(4)))
    await prune(house, owner, now)

    assert (await deliveries(house, owner), await events(house, owner)) == ([], [])
    assert await counted(house, owner) == 0
