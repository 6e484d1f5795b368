"""A plain model of deliveries, beside a real database in which the same is done."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis.stateful import RuleBasedStateMachine

import db.organization
from access.encryption import EncryptionKeys
from db import delivery_queue
from db.actor import OPERATOR, Origin
from db.database import Database
from db.delivery_queue import LaneKey
from delivery.answer import Sent
from delivery.lane import Lane
from delivery.schedule import WAITS
from delivery.settling import Attempt, outcome
from tests.conftest import EMPTY
from tests.delivery_parts import webhook

WEBHOOKS = 2
GONE = 410
ROWS = """SELECT d.id, d.webhook_id, d.event_id, d.status, d.attempt_count, d.tries,
d.next_attempt_at, e.payload,
(SELECT array_agg(a.number ORDER BY a.number) FROM delivery_attempt a
    WHERE a.organization_id = d.organization_id AND a.delivery_id = d.id) AS numbers
FROM webhook_delivery d
LEFT JOIN event e ON e.organization_id = d.organization_id AND e.id = d.event_id
WHERE d.organization_id = $1"""


@dataclass
class Expected:
    """A delivery as it should be; what it is sent never changes."""

    webhook: int
    event_id: UUID
    payload: str
    status: str = "FAILED"
    due: datetime | None = None
    attempts: int = 0
    tries: int = 0

    def end(self, status: str) -> None:
        self.status, self.due = status, None

    def put_back(self, now: datetime) -> None:
        self.status, self.due, self.tries = "PENDING", now, 0


@dataclass
class UnderWay:
    """An attempt that a worker has begun, with the delivery as it was read."""

    worker: int
    due: Any


class Modelled(RuleBasedStateMachine):
    """What the rules have in common: the database, the model, and a look at both."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.runner = url, asyncio.Runner()
        self.now, self.encryption = datetime.now(UTC), EncryptionKeys.generate()
        self.expected: dict[UUID, Expected] = {}
        self.under_way: list[UnderWay] = []
        self.holders: list[int | None] = [None] * WEBHOOKS
        self.states = ["ENABLED"] * WEBHOOKS
        self.runner.run(self.open())

    async def open(self) -> None:
        self.database = await Database.open(self.url, size=1)
        async with self.database.transaction() as connection:
            details = db.organization.Details(name="Model", slug=f"model-{uuid4().hex}")
            self.owner = (await db.organization.create(connection, details, self.now)).id
        self.hooks = [await webhook(self, self.owner, f"https://{n}.test") for n in range(WEBHOOKS)]
        self.lanes = [LaneKey(self.owner, hook) for hook in self.hooks]

    async def close(self) -> None:
        async with self.database.reading() as connection:
            await connection.execute(EMPTY)
        await self.database.close()

    def teardown(self) -> None:
        self.runner.run(self.close())
        self.runner.close()

    def clock(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def origin(self) -> Origin:
        return Origin(OPERATOR, self.clock())

    def run(self, work: Callable[[Any], Awaitable[Any]]) -> Any:
        """What a transaction of its own gives."""

        async def inside() -> Any:
            async with self.database.transaction() as connection:
                return await work(connection)

        return self.runner.run(inside())

    def rows(self) -> dict[UUID, Any]:
        """All deliveries as they are."""
        return {row["id"]: row for row in self.run(lambda c: c.fetch(ROWS, self.owner))}

    def of(self, number: int, status: str) -> list[Expected]:
        """What the model has of a webhook in this status."""
        return [
            one for one in self.expected.values() if one.webhook == number and one.status == status
        ]

    def settle(self, begun: UnderWay, answer: int | None) -> None:
        """Write down what came of an attempt, in the database and in the model."""
        now, row = self.clock(), begun.due
        sent = Sent(now, 5, answer, "x", None, None)
        lane = Lane(LaneKey(self.owner, row.webhook_id), 0.0)
        written = outcome(Attempt(lane, row, sent), now)
        settled = self.run(lambda c: delivery_queue.settle(c, [written]))
        one = self.expected.get(row.id)
        if one is None or one.attempts != row.attempt_count:
            assert settled == [], "another worker's attempt has been written already"
            return
        [done] = settled
        one.attempts += 1
        if one.status == "PENDING":
            self._advance(one, row, sent, now)
        assert done.status == one.status

    def _advance(self, one: Expected, row: Any, sent: Sent, now: datetime) -> None:
        if sent.succeeded:
            one.tries = row.tries + 1
            one.end("DELIVERED")
        elif one.tries == row.tries:
            one.tries += 1
            if sent.gone or one.tries > len(WAITS):
                one.end("FAILED")
                return
            wait = timedelta(seconds=WAITS[one.tries - 1])
            one.due = self.rows()[row.id]["next_attempt_at"]
            assert now + wait <= one.due <= now + wait * 1.1
