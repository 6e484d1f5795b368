"""Beside sending: what is to be put back is, and what is old is taken away."""

import asyncio
import contextlib
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from db import delivery_recovery, tally
from db.actor import OPERATOR, Origin
from db.database import Database
from delivery.upkeep import Upkeep
from tests.delivery_parts import deliveries, happen, until, webhook
from tests.queue_parts import arrived, lane, settle

KEPT = timedelta(days=30)
FAIL = """UPDATE webhook_delivery d SET status = 'FAILED', next_attempt_at = NULL
WHERE d.organization_id = $1"""
EVENTS = "SELECT count(*) FROM event e WHERE e.organization_id = $1"
MAIL = """INSERT INTO mail (organization_id, id, created_at, recipient, subject, body, status,
completed_at, attempt_count) VALUES ($1, $2, $3, 'a@shop.test', 'x', 'x', 'SENT', $3, 1)"""
RECOVERIES = "SELECT count(*) FROM webhook_recovery r WHERE r.organization_id = $1"
MAILS = "SELECT count(*) FROM mail m WHERE m.organization_id = $1"


def upkeep(house):
    return Upkeep(house.database, house.clock, KEPT)


async def asked(house, statement, owner, *values):
    async with house.database.reading() as connection:
        return await connection.fetchval(statement, owner, *values)


@contextlib.asynccontextmanager
async def running(upkeep):
    task = asyncio.create_task(upkeep.run())
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_all_that_failed_is_put_back_step_by_step(house):
    owner = await house.organization()
    id = await webhook(house, owner, "https://shop.test")
    since = house.clock()
    await happen(house, owner, 1_200)
    await asked(house, FAIL, owner)
    async with house.database.transaction() as connection:
        origin = Origin(OPERATOR, house.clock())
        assert await delivery_recovery.retry_failed(connection, owner, origin, id, since) == 1_200
    statuses = [row["status"] for row in await deliveries(house, owner)]
    assert statuses.count("PENDING") == 1_000
    await upkeep(house).recover()

    assert {row["status"] for row in await deliveries(house, owner)} == {"PENDING"}
    assert await asked(house, RECOVERIES, owner) == 0


async def test_what_is_old_is_taken_away_for_everybody(house, monkeypatch):
    monkeypatch.setattr("delivery.upkeep.ORGANIZATIONS", 2)
    keys = [await lane(house, 3) for _ in range(5)]
    for key in keys:
        rows = await deliveries(house, key.organization_id)
        await settle(house, *(arrived(house, row) for row in rows[:2]))
        await asked(house, MAIL, key.organization_id, rows[0]["id"], house.clock.now)
    await upkeep(house).prune()
    assert len(await deliveries(house, keys[0].organization_id)) == 3
    house.clock.advance(days=31)
    await upkeep(house).prune()

    for key in keys:
        owner = key.organization_id
        [left] = await deliveries(house, owner)
        assert left["status"] == "PENDING"
        assert await asked(house, EVENTS, owner) == 1
        assert await asked(house, MAILS, owner) == 0
        async with house.database.reading() as connection:
            assert await tally.read(connection, owner, "webhook_delivery") == 1


async def test_more_than_a_step_is_taken_away_at_once(house):
    key = await lane(house, 1_001)
    rows = await deliveries(house, key.organization_id)
    await settle(house, *(arrived(house, row) for row in rows))
    house.clock.advance(days=31)
    await upkeep(house).prune()

    assert await deliveries(house, key.organization_id) == []
    assert await asked(house, EVENTS, key.organization_id) == 0


async def test_it_goes_on_until_it_is_cancelled(house, monkeypatch):
    monkeypatch.setattr("delivery.upkeep.RECOVERY_SECONDS", 0.01)
    monkeypatch.setattr("delivery.upkeep.PRUNING_SECONDS", 0.01)
    key = await lane(house)
    owner = key.organization_id
    async with running(upkeep(house)):
        for _ in range(2):
            [row] = await deliveries(house, owner)
            await settle(house, arrived(house, row))
            house.clock.advance(days=31)

            async def nothing_is_left():
                return await deliveries(house, owner) == []

            await until(nothing_is_left)
            await happen(house, owner)


async def test_a_database_that_is_away_is_waited_for(unused_tcp_port, house, monkeypatch):
    monkeypatch.setattr("delivery.upkeep.RECOVERY_SECONDS", 0.01)
    monkeypatch.setattr("delivery.upkeep.PRUNING_SECONDS", 0.01)
    key = await lane(house)
    [row] = await deliveries(house, key.organization_id)
    await settle(house, arrived(house, row))
    house.clock.advance(days=31)
    away = await Database.open(f"postgresql://nobody@127.0.0.1:{unused_tcp_port}/nothing")
    one = Upkeep(away, house.clock, KEPT)
    with capture_logs() as told:
        async with running(one):
            await until(lambda: len(told) >= 4)
            one._database = house.database

            async def nothing_is_left():
                return await deliveries(house, key.organization_id) == []

            await until(nothing_is_left)
    await away.close()

    assert {entry["event"] for entry in told} == {"The queue's upkeep waits for the database."}


async def test_a_fault_of_ours_ends_it(house, monkeypatch):
    async def faulty(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("delivery.upkeep.delivery_recovery.recover", faulty)
    with pytest.raises(ExceptionGroup) as fault:
        await upkeep(house).run()

    assert fault.group_contains(ZeroDivisionError)
