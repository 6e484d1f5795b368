"""What tests of the queue share: a lane, what becomes of it, and outcomes of attempts."""

from datetime import timedelta

from db import delivery_queue
from db.actor import OPERATOR, Origin
from db.delivery_queue import LaneKey, Outcome
from tests.delivery_parts import happen, webhook

URL = "https://shop.test/hooks"
ATTEMPTS = """SELECT number, response_status, response_body, error, duration_ms, started_at
FROM delivery_attempt a WHERE a.organization_id = $1 ORDER BY number"""
SET = "UPDATE webhook w SET {} WHERE w.organization_id = $1"
SOON = timedelta(seconds=5)


async def lane(house, times=1):
    owner = await house.organization()
    key = LaneKey(owner, await webhook(house, owner, URL))
    await happen(house, owner, times)
    return key


async def due(house, rooms, busy=()):
    async with house.database.reading() as connection:
        return await delivery_queue.due(connection, rooms, busy, house.clock())


async def settle(house, *outcomes):
    async with house.database.reading() as connection:
        return await delivery_queue.settle(connection, outcomes)


async def close(house, *lanes):
    async with house.database.reading() as connection:
        return await delivery_queue.close(connection, lanes, house.clock())


async def attempts(house, key):
    async with house.database.reading() as connection:
        return await connection.fetch(ATTEMPTS, key.organization_id)


async def change(house, key, columns):
    async with house.database.reading() as connection:
        await connection.execute(SET.format(columns), key.organization_id)


async def by_client(house, what, key, id):
    """What a client does meanwhile."""
    async with house.database.transaction() as connection:
        return await what(connection, key.organization_id, Origin(OPERATOR, house.clock()), id)


def failed(house, row, number=1, tries=1, then=SOON, **stated):
    now = house.clock()
    return Outcome(
        **{
            "organization_id": row["organization_id"],
            "id": row["id"],
            "number": number,
            "tries": tries,
            "status": "PENDING" if then else "FAILED",
            "next_attempt_at": now + then if then else None,
            "completed_at": None if then else now,
            "started_at": now,
            "duration_ms": 12,
            "response_status": 500,
            "response_body": "oh",
            "error": None,
            **stated,
        }
    )


def arrived(house, row, number=1, tries=1):
    done = {"status": "DELIVERED", "completed_at": house.clock(), "response_status": 204}
    return failed(house, row, number, tries, None, **done)
