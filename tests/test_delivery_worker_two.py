"""Several workers share the work: none sends what another sends, and none is missed for long."""

import asyncio
import contextlib
from uuid import uuid4

import pytest

from db import delivery_queue
from db.delivery_rows import LaneKey
from delivery.lanes import Lanes
from delivery.sender import Sender
from delivery.worker import Worker
from tests.delivery_parts import deliveries, happen, settled, until, webhook, working
from tests.receiver import LOOPBACK, receiving, status

HOLDERS = "SELECT webhook_id, holder FROM webhook_lane l WHERE l.organization_id = $1"


def named(house, name):
    return Sender(LOOPBACK, house.clock, user_agent=name)


async def held(house, owner):
    async with house.database.reading() as connection:
        return dict(await connection.fetch(HOLDERS, owner))


async def lease(house, key, seconds, holder):
    """What another worker does, wherever it runs."""
    async with house.database.reading() as connection:
        return await delivery_queue.take(connection, holder, [key], seconds)


async def let_go(house, key, holder):
    async with house.database.reading() as connection:
        await delivery_queue.let_go(connection, holder, [key])


async def test_no_endpoint_is_sent_to_by_two_and_nothing_is_sent_twice(house):
    owner = await house.organization()
    running, mixed = {}, []

    async def answer(request):
        place = running.setdefault(request.path, set())
        place.add(request.headers["user-agent"])
        mixed.append(len(place))
        await asyncio.sleep(0.002)
        return await status(204)(request)

    async with receiving() as receiver:
        receiver.reply = answer
        for number in range(20):
            await webhook(house, owner, f"{receiver.url}/{number}")
        async with working(house, named(house, "one")), working(house, named(house, "two")):
            await happen(house, owner, 50)
            rows = await settled(house, owner, 1_000, seconds=30)

    sent = [(request.path, request.headers["webhook-id"]) for request in receiver.received]
    assert len(set(sent)) == len(sent) == 1_000
    # Leases outlast this test, so each endpoint has known one worker alone.
    assert set(mixed) == {1}
    assert {row["attempt_count"] for row in rows} == {1}


async def test_what_a_worker_held_that_vanished_is_taken_over(house):
    owner = await house.organization()
    async with receiving() as receiver:
        key = LaneKey(owner, await webhook(house, owner, receiver.url))
        await lease(house, key, 1, uuid4())
        async with working(house):
            await happen(house, owner)
            await asyncio.sleep(0.5)
            assert receiver.received == []
            [row] = await settled(house, owner, 1, seconds=2)

    assert row["status"] == "DELIVERED"


async def test_news_of_what_another_worker_serves_costs_no_statement_each(house, recorder):
    owner = await house.organization()
    async with receiving() as receiver:
        await webhook(house, owner, receiver.url)
        async with working(house), working(house):
            await happen(house, owner)
            await settled(house, owner, 1)
            before = len(recorder.statements)
            for count in range(2, 42):
                await happen(house, owner)
                await settled(house, owner, count)
            statements = recorder.statements[before:]

    # Each may look once and lease once in the meantime, and renews what it has.
    assert sum("INSERT INTO webhook_lane" in statement for statement in statements) <= 10
    assert len(receiver.received) == 41


async def test_a_worker_that_ends_waits_for_what_is_under_way_and_begins_nothing(house):
    owner = await house.organization()
    answering = asyncio.Event()

    async def slow(request):
        await answering.wait()
        return await status(204)(request)

    async with receiving() as receiver, receiving() as other:
        receiver.reply = slow
        slow_id = await webhook(house, owner, receiver.url)
        await webhook(house, owner, other.url)
        async with contextlib.AsyncExitStack() as stack:
            worker = await stack.enter_async_context(working(house))
            await happen(house, owner, 5)
            await until(lambda: receiver.running == 1 and len(other.received) == 5)
            await settled(house, owner, 5)
            ending = asyncio.create_task(stack.aclose())

            async def the_idle_one_is_free():
                return set(await held(house, owner)) == {slow_id}

            # The other lane is let go of before the end.
            await until(the_idle_one_is_free)
            assert worker._lanes.has_turns is False
            answering.set()
            await ending

    assert await held(house, owner) == {}
    assert len(receiver.received) == 1
    statuses = [row["status"] for row in await deliveries(house, owner)]
    assert statuses.count("DELIVERED") == 6
    assert statuses.count("PENDING") == 4


async def test_what_takes_too_long_at_the_end_is_left_to_others(house, monkeypatch):
    monkeypatch.setattr("delivery.worker.DRAIN_SECONDS", 0.1)
    owner = await house.organization()
    answering = asyncio.Event()

    async def slow(request):
        await answering.wait()
        return await status(204)(request)

    async with receiving() as receiver:
        receiver.reply = slow
        await webhook(house, owner, receiver.url)
        async with working(house):
            await happen(house, owner)
            await until(lambda: receiver.running)
        assert await held(house, owner) == {}
        [row] = await deliveries(house, owner)
        assert (row["status"], row["attempt_count"]) == ("PENDING", 0)
        answering.set()
        async with working(house):
            await settled(house, owner, 1)

    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


async def test_what_is_under_way_in_a_lost_lane_is_not_sent_again(house, monkeypatch):
    """As after a database that was away for longer than a lease."""
    monkeypatch.setattr("delivery.leases.LEASE_SECONDS", 0.2)
    monkeypatch.setattr("delivery.worker.RENEW_SECONDS", 0.4)
    owner, another = await house.organization(), uuid4()
    answering = asyncio.Event()

    async def slow(request):
        await answering.wait()
        return await status(204)(request)

    async with receiving() as receiver:
        receiver.reply = slow
        key = LaneKey(owner, await webhook(house, owner, receiver.url))
        await happen(house, owner, 3)
        async with working(house) as worker:
            await until(lambda: receiver.running == 1)

            async def taken():
                return await lease(house, key, 60, another)

            await until(taken)
            lane = worker._lanes._held.get(key)
            await until(lambda: not lane.ready)
            assert len(lane.busy) == 1
            await let_go(house, key, another)
            await until(lambda: len(lane.busy) > 1)
            assert len(receiver.received) == 1
            answering.set()
            await settled(house, owner, 3)

    ids = [received.headers["webhook-id"] for received in receiver.received]
    assert len(set(ids)) == len(ids) == 3


async def test_what_is_read_of_a_lane_that_was_lost_meanwhile_is_left_to_others(house):
    lanes, key = Lanes(house.database, uuid4(), 5), LaneKey(uuid4(), uuid4())

    assert lanes.put({key: 3}, []) == [key]
    assert list(lanes.turns()) == []


async def test_a_lost_lane_in_which_nothing_is_under_way_is_forgotten(house, monkeypatch):
    monkeypatch.setattr("delivery.leases.LEASE_SECONDS", 0.1)
    monkeypatch.setattr("delivery.worker.RENEW_SECONDS", 0.2)
    owner, another = await house.organization(), uuid4()
    async with receiving() as receiver:
        key = LaneKey(owner, await webhook(house, owner, receiver.url))
        async with working(house) as worker:
            await happen(house, owner)
            await settled(house, owner, 1)

            async def taken():
                return await lease(house, key, 60, another)

            await until(taken)
            await until(lambda: not worker._lanes._held.all())
        assert await held(house, owner) == {key.webhook_id: another}


async def test_a_lane_in_which_nothing_happens_is_let_go_of(house, monkeypatch):
    monkeypatch.setattr("delivery.lanes.IDLE_SECONDS", 0.1)
    monkeypatch.setattr("delivery.worker.RENEW_SECONDS", 0.05)
    owner = await house.organization()
    async with receiving() as receiver:
        await webhook(house, owner, receiver.url)
        async with working(house):
            await happen(house, owner)
            await settled(house, owner, 1)

            async def is_free():
                return await held(house, owner) == {}

            await until(is_free)
            await happen(house, owner)
            await settled(house, owner, 2)

    assert len(receiver.received) == 2


@pytest.mark.parametrize("turns", range(6))
async def test_a_worker_ends_even_in_the_moment_of_a_wake_up(house, turns):
    async with Sender(LOOPBACK, house.clock) as sender:
        worker = Worker(house.database, house.hub, sender, house.encryption, house.clock)
        task = asyncio.create_task(worker.run())
        await asyncio.sleep(0.05)
        task.cancel()
        for _ in range(turns):
            await asyncio.sleep(0)
        worker._wake.set()
        ended, _ = await asyncio.wait([task], timeout=5)

    assert ended == {task}
