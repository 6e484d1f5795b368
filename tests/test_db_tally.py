"""Counts that many writers keep at once, none of whom waits for another."""

import asyncio
from uuid import uuid4

from db import tally


async def shards(database, owner):
    async with database.reading() as connection:
        rows = await connection.fetch(
            "SELECT amount FROM tally t WHERE t.organization_id = $1 ORDER BY amount", owner
        )
    return [row["amount"] for row in rows]


async def add(database, owner, change=1):
    async with database.transaction() as connection:
        await tally.add(connection, owner, "product", change)


async def total(database, owner, noun="product"):
    async with database.reading() as connection:
        return await tally.read(connection, owner, noun)


async def test_nothing_counted_is_nothing(database):
    assert await total(database, uuid4()) == 0


async def test_one_writer_after_another_uses_one_shard(database):
    owner = uuid4()
    for change in (1, 1, -1, 5):
        await add(database, owner, change)

    assert await total(database, owner) == 6
    assert await shards(database, owner) == [6]


async def test_lists_and_owners_are_counted_apart(database):
    one, other = uuid4(), uuid4()
    await add(database, one)
    async with database.transaction() as connection:
        await tally.add(connection, one, "invoice", 3)

    assert await total(database, one) == 1
    assert await total(database, one, "invoice") == 3
    assert await total(database, other) == 0


async def test_a_writer_does_not_wait_for_one_under_way(database):
    owner = uuid4()
    await add(database, owner)
    async with database.transaction() as slow:
        await tally.add(slow, owner, "product", 1)
        async with asyncio.timeout(5):
            await add(database, owner, 10)
        # What isn't committed isn't counted.
        assert await total(database, owner) == 11

    assert await total(database, owner) == 12
    assert await shards(database, owner) == [2, 10]


async def test_many_writers_at_once_are_counted_exactly(database):
    owner = uuid4()
    await asyncio.gather(*(add(database, owner, change) for change in range(1, 51)))

    assert await total(database, owner) == 1275
    assert len(await shards(database, owner)) <= 10
