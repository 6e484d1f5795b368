"""What the worker does about endpoints that fail, are gone, or whose webhook is off."""

import orjson

from db import delivery_change, webhook_change, webhook_lock
from db.actor import OPERATOR, Origin
from db.webhook import WebhookStatus
from tests.delivery_parts import deliveries, happen, later, settled, until, webhook, working
from tests.receiver import receiving, status

HEALTH = """SELECT id, status, failing_since, failing_told FROM webhook w
WHERE w.organization_id = $1 ORDER BY id"""
TOLD = "SELECT title FROM notification n WHERE n.organization_id = $1 ORDER BY id"


async def rows(house, statement, owner):
    async with house.database.reading() as connection:
        return await connection.fetch(statement, owner)


async def comes(house, owner, statement, wanted):
    """Wait until the first row shows what is wanted; all rows."""
    found = []

    async def look():
        nonlocal found
        found = await rows(house, statement, owner)
        return bool(found) and wanted(found[0])

    await until(look)
    return found


def is_off(row):
    return row["status"] == "FAILING_DISABLED"


async def tried(house, owner, receiver, count):
    """So many requests have been answered, and all is written down."""
    await until(lambda: len(receiver.received) >= count)

    async def written():
        return sum(row["attempt_count"] for row in await deliveries(house, owner)) >= count

    await until(written)


async def test_an_endpoint_that_is_gone_is_switched_off_and_sent_nothing_more(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house):
        await webhook(house, owner, receiver.url)
        receiver.reply = status(410)
        await happen(house, owner)
        await comes(house, owner, HEALTH, is_off)
        await happen(house, owner)
        rows = await deliveries(house, owner)

    assert [row["status"] for row in rows] == ["FAILED", "FAILED"]
    assert [row["attempt_count"] for row in rows] == [1, 0]
    assert len(receiver.received) == 1


async def test_what_had_been_waiting_for_one_that_is_off_fails_when_it_is_due(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house):
        await webhook(house, owner, receiver.url)
        receiver.script.append(status(500))
        receiver.reply = status(410)
        await happen(house, owner)
        await tried(house, owner, receiver, 1)
        await happen(house, owner)
        await comes(house, owner, HEALTH, is_off)
        assert [row["status"] for row in await deliveries(house, owner)] == ["PENDING", "FAILED"]
        await later(house, seconds=6)

        async def failed():
            return [row["status"] for row in await deliveries(house, owner)] == ["FAILED"] * 2

        await until(failed)
    assert len(receiver.received) == 2


async def test_half_an_hour_of_failing_is_told_and_five_days_switch_off(house):
    owner = await house.organization()
    async with receiving() as receiver, receiving() as witness, working(house):
        await webhook(house, owner, receiver.url)
        receiver.reply = status(500)
        await happen(house, owner)
        await tried(house, owner, receiver, 1)
        await later(house, minutes=31)
        [told] = await comes(house, owner, TOLD, bool)
        assert told["title"] == "The webhook to 127.0.0.1 fails"
        await webhook(house, owner, witness.url)
        await later(house, days=5)
        await comes(house, owner, HEALTH, is_off)
        await until(lambda: witness.received)

    [received] = witness.received
    body = orjson.loads(received.body)
    assert (body["type"], body["data"]["status"]) == ("webhook.disabled", "FAILING_DISABLED")
    assert len(await rows(house, TOLD, owner)) == 2
    assert len(receiver.received) == 3


async def test_an_endpoint_that_works_again_is_well(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house):
        await webhook(house, owner, receiver.url)
        receiver.script.append(status(500))
        await happen(house, owner)
        await comes(house, owner, HEALTH, lambda row: row["failing_since"])
        await later(house, seconds=6)
        await comes(house, owner, HEALTH, lambda row: row["failing_since"] is None)
        [row] = await settled(house, owner, 1)

    assert row["status"] == "DELIVERED"
    assert len(receiver.received) == 2


async def test_what_was_read_before_a_failure_clears_it_too(house):
    owner = await house.organization()
    async with receiving() as receiver:
        await webhook(house, owner, receiver.url)
        receiver.script.append(status(500))
        await happen(house, owner, 4)
        async with working(house):
            await tried(house, owner, receiver, 4)
            [health] = await comes(house, owner, HEALTH, lambda row: not row["failing_since"])

    assert health["status"] == "ENABLED"
    assert [row["status"] for row in await deliveries(house, owner)].count("DELIVERED") == 3


async def test_what_happened_while_it_was_off_arrives_once_it_is_put_back(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house):
        id = await webhook(house, owner, receiver.url, status="DISABLED")
        await happen(house, owner)
        [row] = await deliveries(house, owner)
        assert (row["status"], row["attempt_count"]) == ("FAILED", 0)
        origin = Origin(OPERATOR, house.clock())
        async with house.database.transaction() as connection:
            found = await webhook_lock.lock(connection, owner, id)
            on = {"status": WebhookStatus.ENABLED}
            await webhook_change.change(connection, origin, found, on)
        async with house.database.transaction() as connection:
            await delivery_change.retry(connection, owner, origin, row["id"])
        [after] = await settled(house, owner, 1)

    assert (after["status"], after["event_id"]) == ("DELIVERED", row["event_id"])
    assert len(receiver.received) == 1


async def test_all_that_waits_for_a_deleted_webhook_is_cancelled_by_the_worker(house):
    owner = await house.organization()
    async with receiving() as receiver:
        id = await webhook(house, owner, receiver.url)
        await happen(house, owner, 1_100)
        async with house.database.reading() as connection:
            await connection.execute(
                "UPDATE webhook_delivery d SET next_attempt_at = next_attempt_at + interval '1 h'"
                " WHERE d.organization_id = $1",
                owner,
            )
            await connection.execute(
                "UPDATE webhook w SET deleted_at = now() WHERE w.organization_id = $1", owner
            )
        async with working(house):
            async with house.database.transaction() as connection:
                delivery_change.tell_due(connection, owner, id)

            async def cancelled():
                rows = await deliveries(house, owner)
                return {row["status"] for row in rows} == {"CANCELLED"}

            await until(cancelled)
    assert receiver.received == []
