"""How often a worker looks for lanes that nobody told it of."""

import time
from datetime import timedelta
from uuid import UUID

import pytest

from db.delivery_queue import FIRST
from db.delivery_rows import LaneKey
from delivery.lane import LATE
from delivery.sender import Sender
from delivery.worker import POLL_SECONDS, Worker
from tests.delivery_parts import happen, settled, until, webhook, working
from tests.receiver import LOOPBACK, receiving

LANE = LaneKey(UUID(int=1), UUID(int=2))
SECOND = timedelta(seconds=1)
# What a transaction would leave that took very long to commit, and whose news was lost.
COMMITTED_LATE = """UPDATE webhook_delivery d SET status = 'PENDING', completed_at = NULL,
next_attempt_at = created_at - interval '1 day' WHERE d.organization_id = $1 AND d.id = $2"""


@pytest.mark.parametrize(
    ("then", "took", "pause"),
    [(FIRST, 0.02, POLL_SECONDS - 0.02), (LANE, 0.02, 0.18), (LANE, 3.0, POLL_SECONDS)],
)
async def test_where_there_are_very_many_lanes_most_of_the_time_none_are_looked_for(
    house, monkeypatch, then, took, pause
):
    async with Sender(LOOPBACK, house.clock) as sender:
        worker = Worker(house.database, house.hub, sender, house.encryption, house.clock)
        now = [time.monotonic()]

        async def look(*_):
            now[0] += took
            return then

        with monkeypatch.context() as patch:
            patch.setattr(worker._lanes, "look", look)
            patch.setattr("time.monotonic", lambda: now[0])
            await worker._look()

    assert worker._poll_at - now[0] == pytest.approx(pause)


async def test_what_was_committed_long_after_its_time_is_found_by_a_look(house):
    owner = await house.organization()
    async with receiving() as receiver, working(house) as worker:
        await webhook(house, owner, receiver.url)
        await happen(house, owner, 3)
        rows = await settled(house, owner, 3)
        [lane] = worker._lanes._held.all()
        assert lane.due_since(house.clock()) > rows[0]["created_at"] - LATE - SECOND
        async with house.database.reading() as connection:
            await connection.execute(COMMITTED_LATE, owner, rows[0]["id"])

        await until(lambda: len(receiver.received) == 4, seconds=3)
