"""Lanes are found where something is due, and each is one worker's at a time."""

import asyncio
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from db import delivery_queue
from db.delivery_queue import FIRST, LaneKey
from tests.delivery_parts import happen, webhook

ONE, OTHER = uuid4(), uuid4()
EXPIRE = "UPDATE webhook_lane l SET until = now() - interval '1 ms' WHERE l.organization_id = $1"
HOLDERS = "SELECT holder FROM webhook_lane l WHERE l.organization_id = $1 ORDER BY webhook_id"
LEFT = """SELECT extract(epoch FROM until - now())::float FROM webhook_lane l
WHERE l.organization_id = $1"""
PUT_OFF = """UPDATE webhook_delivery d SET next_attempt_at = next_attempt_at + interval '1 hour'
WHERE d.organization_id = $1"""
FINISH = """UPDATE webhook_delivery d SET status = 'DELIVERED', next_attempt_at = NULL
WHERE d.organization_id = $1"""


async def lane(house, owner=None, times=1):
    """A webhook for which something is due."""
    owner = owner or await house.organization()
    key = LaneKey(owner, await webhook(house, owner, "https://shop.test/hooks"))
    await happen(house, owner, times)
    return key


async def find(house, after=FIRST, most=10, holder=ONE):
    async with house.database.reading() as connection:
        return await delivery_queue.find(connection, holder, after, house.clock(), most)


async def take(house, *lanes, holder=ONE, seconds=5.0):
    async with house.database.reading() as connection:
        return await delivery_queue.take(connection, holder, lanes, seconds)


async def let_go(house, *lanes, holder=ONE):
    async with house.database.reading() as connection:
        await delivery_queue.let_go(connection, holder, lanes)


async def asked(house, statement, key):
    async with house.database.reading() as connection:
        return [row[0] for row in await connection.fetch(statement, key.organization_id)]


async def test_each_lane_is_found_once_however_much_waits_in_it(house):
    keys = sorted([await lane(house, times=30) for _ in range(3)])

    assert await find(house) == (keys, FIRST)


async def test_a_search_goes_on_where_the_last_one_ended(house):
    owner = await house.organization()
    keys = [LaneKey(owner, await webhook(house, owner, "https://shop.test")) for _ in range(3)]
    await happen(house, owner)
    keys = sorted([*keys, *[await lane(house) for _ in range(2)]])

    first = await find(house, most=2)
    second = await find(house, first.then, most=2)
    third = await find(house, second.then, most=2)
    assert first == (keys[:2], keys[1])
    assert second == (keys[2:4], keys[3])
    assert third == (keys[4:], FIRST)


async def test_a_full_last_search_ends_with_an_empty_one(house):
    key = await lane(house)

    assert await find(house, most=1) == ([key], key)
    assert await find(house, key, most=1) == ([], FIRST)


@pytest.mark.parametrize("change", [PUT_OFF, FINISH])
async def test_only_what_is_due_is_found(house, change):
    key = await lane(house)
    other = await lane(house)
    await asked(house, change, key)

    assert (await find(house)).lanes == [other]
    house.clock.advance(hours=2)
    assert (await find(house)).lanes == sorted([other] + [key] * (change == PUT_OFF))


async def test_lanes_of_others_are_left_out_until_their_time_is_over(house):
    key = await lane(house)
    assert await take(house, key, holder=OTHER) == {key}

    assert (await find(house)).lanes == []
    assert (await find(house, holder=OTHER)).lanes == [key]
    await asked(house, EXPIRE, key)
    assert (await find(house)).lanes == [key]


async def test_the_rotation_passes_what_is_left_out(house):
    keys = sorted([await lane(house) for _ in range(3)])
    await take(house, *keys, holder=OTHER)

    assert await find(house, most=2) == ([], keys[1])
    assert await find(house, keys[1], most=2) == ([], FIRST)


async def test_a_lane_has_one_holder(house):
    key, free = await lane(house), await lane(house)

    assert await take(house, key) == {key}
    assert await take(house, key, free, holder=OTHER) == {free}
    assert await asked(house, HOLDERS, key) == [ONE]


async def test_of_two_who_take_at_once_each_lane_gets_one(house):
    owner = await house.organization()
    keys = [LaneKey(owner, UUID(int=number)) for number in range(1, 41)]

    taken = await asyncio.gather(
        *(
            take(house, *keys[:: 1 if holder == ONE else -1], holder=holder)
            for holder in (ONE, OTHER)
        )
    )

    assert taken[0] | taken[1] == set(keys)
    assert taken[0] & taken[1] == set()


async def test_a_lease_ends_by_the_clock_of_the_database(house):
    key = await lane(house)
    await take(house, key)
    house.clock.advance(days=1)
    assert await take(house, key, holder=OTHER) == set()

    await asked(house, EXPIRE, key)
    assert await take(house, key, holder=OTHER) == {key}
    # Whoever had it before doesn't get it back, nor ends the other's lease.
    assert await take(house, key) == set()
    await let_go(house, key)
    assert await asked(house, HOLDERS, key) == [OTHER]


async def test_a_lease_is_renewed_by_its_holder(house):
    key = await lane(house)
    await take(house, key, seconds=5)
    assert await take(house, key, seconds=60) == {key}

    [left] = await asked(house, LEFT, key)
    assert 59 < left <= 60


async def test_what_is_let_go_of_is_free_at_once(house):
    key, kept = await lane(house), await lane(house)
    await take(house, key, kept)
    await let_go(house, key)

    assert await take(house, key, kept, holder=OTHER) == {key}
    assert (await find(house)).lanes == [kept]


async def test_a_search_is_by_time_to_the_microsecond(house):
    key = await lane(house)
    now = house.clock.now
    async with house.database.reading() as connection:
        due_at = await connection.fetchval(
            "SELECT next_attempt_at FROM webhook_delivery d WHERE d.organization_id = $1",
            key.organization_id,
        )
        early = due_at - timedelta(microseconds=1)
        assert (await delivery_queue.find(connection, ONE, FIRST, early, 10)).lanes == []
        assert (await delivery_queue.find(connection, ONE, FIRST, due_at, 10)).lanes == [key]
    assert due_at <= now
