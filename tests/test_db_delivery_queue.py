"""What is due is read with all that sending needs, and what can't be sent is ended."""

import pytest

from db import delivery_change, delivery_queue, webhook_change
from tests.delivery_parts import deliveries
from tests.queue_parts import (
    URL,
    by_client,
    change,
    close,
    due,
    failed,
    lane,
    settle,
)


async def test_what_is_due_has_all_that_sending_needs(house):
    key = await lane(house)
    [row] = await due(house, {key: 5})

    [stored] = await deliveries(house, key.organization_id)
    assert (row.organization_id, row.webhook_id) == key
    assert (row.id, row.event_id) == (stored["id"], stored["event_id"])
    assert (row.attempt_count, row.tries, row.url) == (0, 0, URL)
    assert (row.failing_since, row.failing_told) == (None, False)
    assert len(house.encryption.decrypt(row.secret, key.webhook_id.bytes)) == 32
    assert row.payload.startswith('{"type":"product.created",')


async def test_each_lane_gives_as_much_as_it_has_room_for_the_oldest_first(house):
    one, other = await lane(house, 5), await lane(house, 3)
    rows = await due(house, {one: 2, other: 9})

    for key, count in ((one, 2), (other, 3)):
        ids = [row["id"] for row in await deliveries(house, key.organization_id)]
        assert [row.id for row in rows if row.webhook_id == key.webhook_id] == ids[:count]


async def test_what_is_busy_or_not_due_is_left_out(house):
    key = await lane(house, 3)
    first, second, third = await deliveries(house, key.organization_id)
    await settle(house, failed(house, second))

    assert [row.id for row in await due(house, {key: 9}, [first["id"]])] == [third["id"]]
    house.clock.advance(seconds=6)
    assert [row.id for row in await due(house, {key: 9}, [first["id"]])] == [
        third["id"],
        second["id"],
    ]


async def test_a_lane_is_read_from_the_time_that_is_given_for_it(house):
    one, other = await lane(house, 3), await lane(house, 2)
    first, second, third = await deliveries(house, one.organization_id)
    rooms, since = {one: 9, other: 9}, {one: second["next_attempt_at"]}
    async with house.database.reading() as connection:
        rows = await delivery_queue.due(connection, rooms, [], house.clock(), since)

    ours = [row for row in rows if row.webhook_id == one.webhook_id]
    assert [row.id for row in ours] == [second["id"], third["id"]]
    assert [row.next_attempt_at for row in ours] == [
        second["next_attempt_at"],
        third["next_attempt_at"],
    ]
    assert first["next_attempt_at"] < second["next_attempt_at"]
    assert len(rows) == 4


@pytest.mark.parametrize(
    "columns", ["status = 'DISABLED'", "status = 'FAILING_DISABLED'", "deleted_at = created_at"]
)
async def test_a_webhook_that_is_off_or_gone_gives_nothing(house, columns):
    key = await lane(house)
    await change(house, key, columns)

    assert await due(house, {key: 9}) == []


async def test_what_comes_due_for_a_webhook_that_is_off_has_failed(house):
    key = await lane(house, 3)
    [_, waiting, _] = rows = await deliveries(house, key.organization_id)
    await settle(house, failed(house, waiting))
    await change(house, key, "status = 'DISABLED'")
    closed = await close(house, key)

    assert {(row.id, row.status) for row in closed} == {
        (rows[0]["id"], "FAILED"),
        (rows[2]["id"], "FAILED"),
    }
    after = await deliveries(house, key.organization_id)
    assert [row["status"] for row in after] == ["FAILED", "PENDING", "FAILED"]
    assert [row["attempt_count"] for row in after] == [0, 1, 0]
    assert after[0]["completed_at"] == house.clock.now
    house.clock.advance(seconds=6)
    assert [row.id for row in await close(house, key)] == [waiting["id"]]


async def test_all_that_waits_for_a_deleted_webhook_is_cancelled_due_or_not(house):
    key = await lane(house, 2)
    [waiting, _] = await deliveries(house, key.organization_id)
    await settle(house, failed(house, waiting))
    await change(house, key, "deleted_at = created_at")

    assert {row.status for row in await close(house, key)} == {"CANCELLED"}
    after = await deliveries(house, key.organization_id)
    assert [row["status"] for row in after] == ["CANCELLED", "CANCELLED"]
    assert await close(house, key) == []


async def test_nothing_is_ended_for_a_webhook_that_is_on(house):
    key = await lane(house, 2)

    assert await close(house, key) == []
    assert len(await due(house, {key: 9})) == 2


async def test_what_is_put_back_is_due_when_the_webhook_is_on_again(house):
    key = await lane(house)
    await change(house, key, "status = 'DISABLED'")
    [closed] = await close(house, key)
    await change(house, key, "status = 'ENABLED'")
    assert await due(house, {key: 9}) == []
    await by_client(house, delivery_change.retry, key, closed.id)

    assert [row.id for row in await due(house, {key: 9})] == [closed.id]


async def test_a_deleted_webhook_leaves_nothing_to_read(house):
    key = await lane(house, 2)
    await by_client(house, webhook_change.delete, key, key.webhook_id)

    assert await due(house, {key: 9}) == []
    after = await deliveries(house, key.organization_id)
    assert [row["status"] for row in after] == ["CANCELLED", "CANCELLED"]
