"""A database that goes away holds sending up and loses nothing of it."""

import asyncio

import asyncpg
import pytest

from db import migrate
from db.database import Database
from db.delivery_rows import LaneKey
from db.embedded import Embedded
from db.errors import Unavailable
from db.hub import Hub
from delivery.sender import Sender
from delivery.worker import Worker
from tests.blocked import WAITING
from tests.conftest import QUICK
from tests.delivery_parts import deliveries, happen, settled, until, webhook, working
from tests.embedded_parts import BINARIES, short_folder
from tests.house import House
from tests.receiver import LOOPBACK, receiving, status
from tests.recorder import Recorder

CUT = "SELECT pg_terminate_backend(pid, 5000) FROM unnest($1::integer[]) AS pid"


@pytest.fixture
async def own():
    """A database of this test's own, and a house on it that has no server."""
    with short_folder() as folder:
        embedded = Embedded(folder / "data", BINARIES, QUICK)
        embedded.start()
        await migrate.upgrade(embedded.url)
        hub = Hub()
        database = await Database.open(embedded.url, tell=hub.tell)
        yield embedded, House(database, Recorder(), hub)
        await database.close()
        embedded.stop()


@pytest.fixture
async def outside(database_url):
    """A connection that belongs to nobody of the house."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def test_a_database_that_stops_and_starts_loses_nothing(own):
    embedded, house = own
    owner = await house.organization()

    async def slow(request):
        await asyncio.sleep(0.02)
        return await status(204)(request)

    async with receiving() as receiver:
        receiver.reply = slow
        for number in range(4):
            await webhook(house, owner, f"{receiver.url}/{number}")
        subjects = await happen(house, owner, 100)
        async with working(house):
            await until(lambda: len(receiver.received) > 20)
            await asyncio.to_thread(embedded.stop)
            # The upkeep of leases, the search and the settling have all met it.
            await asyncio.sleep(2)
            await asyncio.to_thread(embedded.start)
            subjects += await happen(house, owner, 5)
            rows = await settled(house, owner, 420, seconds=20)

    assert {row["status"] for row in rows} == {"DELIVERED"}
    arrived = {
        (request.path, subject)
        for request in receiver.received
        for subject in [request.body.decode().split('"id":"')[1].split('"')[0]]
    }
    wanted = {(f"/hooks/{number}", subject) for number in range(4) for subject in subjects}
    assert arrived == wanted
    # Nothing was under way that could have been sent anew: what had come was written down later.
    assert len(receiver.received) == len(arrived)


async def test_a_worker_ends_without_its_database_all_the_same(own):
    embedded, house = own
    owner = await house.organization()
    async with receiving() as receiver:
        await webhook(house, owner, receiver.url)
        async with working(house):
            await happen(house, owner, 3)
            await settled(house, owner, 3)
            await asyncio.to_thread(embedded.stop)
        await asyncio.to_thread(embedded.start)

    assert {row["status"] for row in await deliveries(house, owner)} == {"DELIVERED"}


async def test_a_lane_whose_read_was_cut_off_is_read_again_and_let_go_of(
    house, outside, monkeypatch
):
    monkeypatch.setattr("delivery.lanes.IDLE_SECONDS", 0)
    owner = await house.organization()
    key = LaneKey(owner, await webhook(house, owner, "http://192.0.2.1/"))
    async with Sender(LOOPBACK, house.clock) as sender:
        worker = Worker(house.database, house.hub, sender, house.encryption, house.clock)
        worker._lanes.want(key)
        await worker._look()
        async with outside.transaction():
            await outside.execute("LOCK TABLE webhook IN ACCESS EXCLUSIVE MODE")
            reading = asyncio.create_task(worker._fill())
            await until(lambda: outside.fetchval(WAITING))
            await outside.execute(CUT, await outside.fetchval(WAITING))
            with pytest.raises(Unavailable):
                await reading
        [lane] = worker._lanes._held.all()
        assert (lane.key, lane.is_read, lane.has_more) == (key, False, True)

        await worker._fill()
        await worker._lanes._let_idle_go()

    assert list(worker._lanes._held.all()) == []
