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

FORMER = """INSERT INTO delivery_attempt
(organization_id, delivery_id, number, started_at, duration_ms)
SELECT $1, $2, n, $3, 12 FROM generate_series(1, $4::int) AS n"""
ATTEMPTED = "UPDATE webhook_delivery d SET attempt_count = $2 WHERE d.organization_id = $1"


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


async def test_of_many_attempts_the_first_and_the_latest_are_kept(house):
    key = await lane(house, 2)
    row, other = await deliveries(house, key.organization_id)
    for number in range(1, 26):
        await settle(house, failed(house, row, number), failed(house, other, number))
    assert sorted(a["number"] for a in await attempts(house, key)) == sorted([*range(1, 26)] * 2)

    await settle(house, failed(house, row, 26))
    kept = sorted(a["number"] for a in await attempts(house, key))
    assert kept == sorted([1, *range(3, 27), *range(1, 26)])
    await settle(house, arrived(house, row, 27))
    kept = sorted(a["number"] for a in await attempts(house, key))
    assert kept == sorted([1, *range(4, 28), *range(1, 26)])


async def test_what_an_earlier_release_left_of_many_attempts_goes_with_the_next(house):
    key = await lane(house)
    [row] = await deliveries(house, key.organization_id)
    async with house.database.reading() as connection:
        await connection.execute(FORMER, key.organization_id, row["id"], house.clock(), 60)
        await connection.execute(ATTEMPTED, key.organization_id, 60)
    await settle(house, failed(house, row, 61))

    assert [a["number"] for a in await attempts(house, key)] == [1, *range(38, 62)]


async def test_an_attempt_that_was_settled_already_takes_no_other_away(house):
    key = await lane(house)
    [row] = await deliveries(house, key.organization_id)
    for number in range(1, 27):
        await settle(house, failed(house, row, number))
    before = await attempts(house, key)

    assert await settle(house, failed(house, row, 28)) == []
    assert await attempts(house, key) == before


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
