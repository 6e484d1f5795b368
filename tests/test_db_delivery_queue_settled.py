"""What came of an attempt is written once, whatever became of its delivery meanwhile."""

import pytest

from db import delivery_change
from tests.delivery_parts import deliveries
from tests.queue_parts import (
    arrived,
    attempts,
    by_client,
    failed,
    lane,
    settle,
)


async def test_a_failed_attempt_is_written_with_its_answer(house):
    key = await lane(house)
    [row] = await deliveries(house, key.organization_id)
    outcome = failed(house, row)
    [settled] = await settle(house, outcome)

    assert (settled.id, settled.webhook_id) == (row["id"], key.webhook_id)
    assert settled.status == "PENDING"
    [after] = await deliveries(house, key.organization_id)
    assert (after["status"], after["attempt_count"], after["tries"]) == ("PENDING", 1, 1)
    assert after["next_attempt_at"] == outcome.next_attempt_at
    [attempt] = await attempts(house, key)
    assert tuple(attempt) == (1, 500, "oh", None, 12, outcome.started_at)


async def test_many_are_settled_at_once(house):
    key = await lane(house, 50)
    rows = await deliveries(house, key.organization_id)
    settled = await settle(house, *(arrived(house, row) for row in rows))

    assert {row.id for row in settled} == {row["id"] for row in rows}
    after = await deliveries(house, key.organization_id)
    assert {row["status"] for row in after} == {"DELIVERED"}
    assert len(await attempts(house, key)) == 50


async def test_a_second_settlement_of_an_attempt_changes_nothing(house):
    key = await lane(house)
    [row] = await deliveries(house, key.organization_id)
    await settle(house, failed(house, row))
    before = await deliveries(house, key.organization_id), await attempts(house, key)

    assert await settle(house, arrived(house, row)) == []
    assert (await deliveries(house, key.organization_id), await attempts(house, key)) == before


@pytest.mark.parametrize("outcome", [failed, arrived])
async def test_what_was_cancelled_meanwhile_stays_so(house, outcome):
    key = await lane(house)
    [row] = await deliveries(house, key.organization_id)
    cancelled = await by_client(house, delivery_change.cancel, key, row["id"])
    [settled] = await settle(house, outcome(house, row))

    [after] = await deliveries(house, key.organization_id)
    assert settled.status == after["status"] == "CANCELLED"
    assert after["completed_at"] == cancelled.completed_at
    assert (after["attempt_count"], after["next_attempt_at"]) == (1, None)
    assert [attempt["number"] for attempt in await attempts(house, key)] == [1]


async def tried_seven_times(house, key):
    [row] = await deliveries(house, key.organization_id)
    for number in range(1, 8):
        await settle(house, failed(house, row, number, number))
    await by_client(house, delivery_change.cancel, key, row["id"])
    again = await by_client(house, delivery_change.retry, key, row["id"])
    return row, again


async def test_what_was_put_back_meanwhile_is_tried_anew(house):
    key = await lane(house)
    row, again = await tried_seven_times(house, key)
    # The eighth and last, which was under way all the while.
    await settle(house, failed(house, row, 8, 8, None))

    [after] = await deliveries(house, key.organization_id)
    assert (after["status"], after["attempt_count"], after["tries"]) == ("PENDING", 8, 0)
    assert after["next_attempt_at"] == again.next_attempt_at
    assert after["completed_at"] is None


async def test_what_was_put_back_and_arrived_meanwhile_is_not_sent_again(house):
    key = await lane(house)
    row, _ = await tried_seven_times(house, key)
    await settle(house, arrived(house, row, 8, 8))

    [after] = await deliveries(house, key.organization_id)
    assert (after["status"], after["attempt_count"]) == ("DELIVERED", 8)


async def test_what_was_pruned_meanwhile_leaves_no_attempt(house):
    key = await lane(house)
    [row] = await deliveries(house, key.organization_id)
    async with house.database.reading() as connection:
        await connection.execute(
            "DELETE FROM webhook_delivery d WHERE d.organization_id = $1", key.organization_id
        )

    assert await settle(house, arrived(house, row)) == []
    assert await attempts(house, key) == []
