"""Marking notifications: in steps, at the same time as others do, and with the counts kept."""

import asyncio
from uuid import UUID

import pytest

from db.notification import NotificationCategory, NotificationStatus
from db.notification_change import START, mark_next_read, mark_read, set_status
from db.notification_list import unread
from tests.told import counted, quiet_key, rows, tell


@pytest.fixture
async def owner(house):
    return (await quiet_key(house)).organization


async def step(house, owner, after=START, *, most=2, category=None, now=None):
    async with house.database.transaction() as connection:
        return await mark_next_read(connection, owner, category, now or house.clock(), after, most)


async def statuses(house, owner):
    return [row["status"] for row in await rows(house, owner, "notification")]


async def test_all_are_marked_step_by_step_oldest_first(house, owner):
    await tell(house, owner, *"ABCDE")
    ids = [row["id"] for row in await rows(house, owner, "notification")]
    steps, last = [], START
    while last:
        steps.append(await step(house, owner, last))
        last = steps[-1].last
        assert (await counted(house, owner))[1] == max(0, 5 - 2 * len(steps))

    assert steps == [(2, ids[1]), (2, ids[3]), (1, ids[4]), (0, None)]
    assert await statuses(house, owner) == ["READ"] * 5


async def test_what_comes_while_all_are_marked_stays_unread(house, owner):
    await tell(house, owner, "Before")
    now = house.clock()
    await tell(house, owner, "After")

    assert (await step(house, owner, now=now)).updated == 1
    assert await statuses(house, owner) == ["READ", "UNREAD"]


async def test_steps_of_one_category_pass_over_the_others(house, owner):
    for category in ("SYSTEM", "INVOICES", "SYSTEM", "INVOICES"):
        await tell(house, owner, category, category=NotificationCategory(category))

    marked = await step(house, owner, most=5, category=NotificationCategory.INVOICES)

    assert marked.updated == 2
    assert await statuses(house, owner) == ["UNREAD", "READ"] * 2


async def test_who_marks_the_same_at_once_counts_each_one_once(house, owner):
    await tell(house, owner, *map(str, range(40)))
    ids = [row["id"] for row in await rows(house, owner, "notification")]

    async def some(wanted: list[UUID]):
        async with house.database.transaction() as connection:
            return await mark_read(connection, owner, wanted, house.clock())

    async def one(id: UUID, status: NotificationStatus):
        async with house.database.transaction() as connection:
            await set_status(connection, owner, id, status, house.clock())

    # What is set back would be marked twice, so the settings go to ARCHIVED.
    updated = await asyncio.gather(
        step(house, owner, most=40),
        some(ids[::-1]),
        step(house, owner, most=40),
        some(ids),
        *(one(id, NotificationStatus.ARCHIVED) for id in ids[:3]),
    )

    marked = [one if isinstance(one, int) else one.updated for one in updated[:4]]
    assert 37 <= sum(marked) <= 40
    assert await statuses(house, owner) == ["ARCHIVED"] * 3 + ["READ"] * 37
    assert await counted(house, owner) == (40, 0)


async def test_one_that_is_set_from_many_sides_is_counted_right(house, owner):
    await tell(house, owner, "One")
    [row] = await rows(house, owner, "notification")

    async def set_to(status: NotificationStatus):
        async with house.database.transaction() as connection:
            return await set_status(connection, owner, row["id"], status, house.clock())

    for _ in range(5):
        await asyncio.gather(*map(set_to, [*NotificationStatus, *NotificationStatus]))
        await counted(house, owner)


async def test_what_is_unread_is_counted_beside_a_change_under_way(house, owner):
    await tell(house, owner, "One", "Two")
    [first, second] = [row["id"] for row in await rows(house, owner, "notification")]
    async with house.database.transaction() as one:
        assert await mark_read(one, owner, [first], house.clock()) == 1
        async with house.database.transaction() as two:
            assert await mark_read(two, owner, [second], house.clock()) == 1
            assert await unread(two, owner) == 1
        assert await unread(one, owner) == 0

    assert await counted(house, owner) == (2, 0)
