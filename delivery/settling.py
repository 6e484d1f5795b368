"""Writes down what came of attempts, many at once."""

import asyncio
import random
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

import structlog

from db import delivery_queue, webhook_health
from db.database import Database
from db.delivery import DeliveryStatus
from db.delivery_rows import Due, LaneKey, Outcome, Settled
from db.errors import Unavailable
from db.hub import Hub
from db.news import Kind, News
from db.stopping import must_go_on
from delivery.answer import Sent
from delivery.lane import Lane
from delivery.schedule import next_attempt

MOST_AT_ONCE: Final = 500
RETRY_SECONDS: Final = 0.5
# What comes within it is written together; nobody waits for it.
BREATH_SECONDS: Final = 0.01
Done = Callable[[Lane, UUID], None]
log = structlog.get_logger()


class Attempt(NamedTuple):
    lane: Lane
    due: Due
    sent: Sent


class Settling:
    """What waits here is written together: the more comes at once, the fewer statements."""

    def __init__(self, database: Database, hub: Hub, clock: Callable[[], datetime]) -> None:
        self._database, self._hub, self._clock = database, hub, clock
        self._waiting: list[Attempt] = []
        self._ready = asyncio.Event()

    def add(self, attempt: Attempt) -> None:
        self._waiting.append(attempt)
        self._ready.set()

    async def run(self, done: Done) -> None:
        """Write until cancelled; `done` is called for each delivery that was written."""
        while True:
            must_go_on()
            await self._ready.wait()
            try:
                await self.flush(done)
                await asyncio.sleep(BREATH_SECONDS)
            except Unavailable as away:
                log.warning("What came of deliveries can't be written.", reason=str(away))
                await asyncio.sleep(RETRY_SECONDS)

    async def flush(self, done: Done) -> None:
        """Write all that waits; Unavailable leaves what wasn't written."""
        while self._waiting:
            some = self._waiting[:MOST_AT_ONCE]
            outcomes = [outcome(attempt, self._clock()) for attempt in some]
            async with self._database.reading() as connection:
                self.tell(await delivery_queue.settle(connection, outcomes))
            del self._waiting[: len(some)]
            for attempt in some:
                done(attempt.lane, attempt.due.id)
            await self._look_after(some)
        self._ready.clear()

    def tell(self, settled: Iterable[Settled]) -> None:
        self._hub.tell(
            News(Kind.DELIVERY, row.organization_id, row.id, row.webhook_id) for row in settled
        )

    async def _look_after(self, attempts: Iterable[Attempt]) -> None:
        """Note which endpoints work and which don't, where that is new: by the latest attempt."""
        for key, attempt in {attempt.lane.key: attempt for attempt in attempts}.items():
            due, sent, now = attempt.due, attempt.sent, self._clock()
            if sent.succeeded:
                if due.failing_since is not None or attempt.lane.fails:
                    await self._worked(key)
                attempt.lane.fails = False
            elif webhook_health.needs_a_look(
                due.failing_since, now, told=due.failing_told, gone=sent.gone
            ):
                await self._failed(key, now, gone=sent.gone)
                attempt.lane.fails = True

    async def _worked(self, key: LaneKey) -> None:
        async with self._database.reading() as connection:
            await webhook_health.worked(connection, *key)

    async def _failed(self, key: LaneKey, now: datetime, *, gone: bool) -> None:
        async with self._database.transaction() as connection:
            await webhook_health.failed(connection, *key, now, gone=gone)


def outcome(attempt: Attempt, now: datetime) -> Outcome:
    """What is to be written of an attempt."""
    _, due, sent = attempt
    tries, status, then = due.tries + 1, DeliveryStatus.DELIVERED, None
    if not sent.succeeded:
        wait = sent.retry_after_seconds
        then = None if sent.gone else next_attempt(tries, now, wait, random.random)
        status = DeliveryStatus.FAILED if then is None else DeliveryStatus.PENDING
    return Outcome(
        due.organization_id,
        due.id,
        due.attempt_count + 1,
        tries,
        status,
        then,
        now if then is None else None,
        sent.started_at,
        sent.duration_ms,
        sent.status,
        sent.body,
        sent.error,
    )
