"""A worker over a test's database, and webhooks that lead to a real receiver."""

import asyncio
import inspect
import time
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import db.webhook
from access.webhook_secret import new_secret
from db import event, ids, tally
from db.actor import OPERATOR, Origin
from db.created import created_by
from db.event_type import EventType, Happened
from db.statement import inserts, statement
from delivery.sender import Sender
from delivery.worker import Worker
from tests.receiver import LOOPBACK

INSERT = statement(inserts(db.webhook.Webhook))


async def webhook(house, owner: UUID, url: str, secret: bytes = b"", **columns: Any) -> UUID:
    """A webhook, with its secret encrypted as the house does it."""
    now = house.clock()
    id = ids.new_uuid(now)
    row = db.webhook.Webhook(
        organization_id=owner,
        id=id,
        created_at=now,
        updated_at=now,
        url=url,
        secret=house.encryption.encrypt(secret or new_secret(), id.bytes),
        **{"event_types": [], **created_by(OPERATOR), **columns},
    )
    async with house.database.transaction() as connection:
        await INSERT.run(connection, **row.model_dump())
        await tally.add(connection, owner, "webhook", 1)
    return id


async def happen(house, owner: UUID, times: int = 1) -> list[str]:
    """Announce something, each time in a transaction of its own; the subjects."""
    subjects = [ids.shown("prod", ids.new_uuid(house.clock())) for _ in range(times)]
    for subject in subjects:
        origin = Origin(OPERATOR, house.clock())
        happened = Happened(EventType.PRODUCT_CREATED, subject, {"id": subject})
        async with house.database.transaction() as connection:
            await event.announce(connection, owner, origin, happened)
    return subjects


@asynccontextmanager
async def working(house, sender: Sender | None = None, most: int = 500):
    """A worker inside the block."""
    async with sender or Sender(LOOPBACK, house.clock) as post:
        worker = Worker(house.database, house.hub, post, house.encryption, house.clock, most)
        task = asyncio.create_task(worker.run())
        try:
            yield worker
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def later(house, **span: float) -> None:
    """Let time pass, and have the workers look at once what it has made due."""
    house.clock.advance(**span)
    house.hub.miss()


async def until(condition, seconds: float = 10) -> None:
    """Wait for what a real part does at some time; the condition may be a coroutine's."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if await answer if inspect.isawaitable(answer) else answer:
            return
        assert time.monotonic() < end, "it didn't come to this in time"
        await asyncio.sleep(0.005)


async def deliveries(house, owner: UUID) -> list[Any]:
    """All deliveries of an organization, in the order of their making."""
    async with house.database.reading() as connection:
        return await connection.fetch(
            "SELECT * FROM webhook_delivery WHERE organization_id = $1 ORDER BY id", owner
        )


async def settled(house, owner: UUID, count: int, seconds: float = 10) -> list[Any]:
    """The deliveries, once so many have been tried and written down."""
    end = time.monotonic() + seconds
    while True:
        rows = await deliveries(house, owner)
        if sum(row["attempt_count"] > 0 for row in rows) >= count:
            return rows
        assert time.monotonic() < end, [dict(row) for row in rows[:3]]
        await asyncio.sleep(0.01)
