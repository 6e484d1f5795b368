"""The worker: leases lanes, sends what is due in them, and has it written down."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

import structlog

from access.encryption import EncryptionKeys, Undecipherable
from db import delivery_queue, ids
from db.database import Database
from db.delivery_rows import Due, LaneKey
from db.errors import Unavailable
from db.event import Event
from db.hub import Hub
from db.news import Kind
from db.stopping import must_go_on
from delivery.answer import Sent
from delivery.lane import Lane
from delivery.lanes import Lanes
from delivery.sender import Sender
from delivery.settling import Attempt, Settling
from delivery.signing import headers_for
from delivery.turns import Turn

POLL_SECONDS: Final = 0.5
# Where there are more lanes than are looked through at once, the next look waits so many times as
# long as this one took: a hundred thousand lanes don't keep the database busy.
PAUSE: Final = 9
RENEW_SECONDS: Final = 1.5
RETRY_SECONDS: Final = 0.5
# What has been sent is waited for so long when the worker is to end.
DRAIN_SECONDS: Final = 4
# For telling the database what is left over then.
LAST_WORD_SECONDS: Final = 3
# Reading more often than this costs more than it brings.
BREATH_SECONDS: Final = 0.004
log = structlog.get_logger()


class Worker:
    """Sends to all webhooks that no other worker sends to.

    Three loops: one reads what is due and begins to send it, one writes down what came of it, and
    one goes on leasing the lanes. A database that is away only makes them wait.
    """

    def __init__(
        self,
        database: Database,
        hub: Hub,
        sender: Sender,
        keys: EncryptionKeys,
        clock: Callable[[], datetime],
        most: int = 500,
    ) -> None:
        self._database, self._hub, self._sender = database, hub, sender
        self._keys, self._clock = keys, clock
        self._lanes = Lanes(database, uuid4(), most)
        self._settling = Settling(database, hub, clock)
        self._wake = asyncio.Event()
        self._after: LaneKey = delivery_queue.FIRST
        self._poll_at = 0.0
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Send until cancelled; then what is under way is waited for, for a while."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._hear())
                group.create_task(self._lanes.keep(RENEW_SECONDS))
                group.create_task(self._settling.run(self._settled))
                group.create_task(self._send_all())
        finally:
            await self._end()

    async def _end(self) -> None:
        """No longer than the leases last; a database that is away isn't waited for."""
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await self._lanes.end()
        if under_way := set(self._under_way):
            _, late = await asyncio.wait(under_way, timeout=DRAIN_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(LAST_WORD_SECONDS):
                await self._settling.flush(self._settled)
                await self._lanes.let_go()

    async def _hear(self) -> None:
        """Learn at once of what is due; where something was missed, look everywhere."""
        with self._hub.listening(Kind.QUEUE) as ear:
            while True:
                try:
                    news = await ear.next()
                    self._lanes.want(LaneKey(news.organization_id, news.about))
                except Unavailable:
                    self._poll_at = 0
                self._wake.set()

    async def _send_all(self) -> None:
        while True:
            must_go_on()
            self._wake.clear()
            try:
                await self._look()
                await self._fill()
            except Unavailable as away:
                log.warning("Deliveries wait for the database.", reason=str(away))
                await asyncio.sleep(RETRY_SECONDS)
            await asyncio.sleep(BREATH_SECONDS)
            # Python 3.11's wait_for loses a cancellation that comes with the wake-up.
            with suppress(TimeoutError):
                again_at = min(self._poll_at, self._lanes.again_at)
                async with asyncio.timeout(again_at - time.monotonic()):
                    await self._wake.wait()

    async def _look(self) -> None:
        """From time to time look for lanes that nobody told of; then lease what is wanted."""
        if time.monotonic() >= self._poll_at:
            # Before the look, for what is missed meanwhile asks for another one.
            began = time.monotonic()
            self._poll_at = began + POLL_SECONDS
            async with self._database.reading() as connection:
                self._after = await self._lanes.look(connection, self._after, self._clock())
            if self._after != delivery_queue.FIRST:
                now = time.monotonic()
                self._poll_at = now + min(PAUSE * (now - began), POLL_SECONDS)
        await self._lanes.take()

    async def _fill(self) -> None:
        """Read what is due in the lanes that have room, and begin to send it."""
        rooms = self._lanes.rooms()
        if rooms:
            now = self._clock()
            idle = self._lanes.put(rooms, await self._read(rooms, now))
            if idle:
                await self._close(idle, now)
        for turn in self._lanes.turns():
            task = asyncio.create_task(self._serve(turn))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _read(self, rooms: dict[LaneKey, int], now: datetime) -> list[Due]:
        try:
            async with self._database.reading() as connection:
                busy = self._lanes.busy(rooms)
                since = self._lanes.since(rooms, now)
                return await delivery_queue.due(connection, rooms, busy, now, since)
        except Unavailable:
            self._lanes.unread(rooms)
            raise

    async def _close(self, idle: list[LaneKey], now: datetime) -> None:
        """Lanes in which nothing was read may belong to a webhook that is off, or gone."""
        async with self._database.reading() as connection:
            closed = await delivery_queue.close(connection, idle, now)
        self._settling.tell(closed)
        for row in closed:
            self._lanes.want(LaneKey(row.organization_id, row.webhook_id))
            self._wake.set()

    async def _serve(self, first: Turn) -> None:
        """Send, and go on with what follows in the lane: a task for each would cost a tenth."""
        turn: Turn | None = first
        while turn is not None:
            sent = await self._attempt(turn.lane, turn.due)
            self._settling.add(Attempt(turn.lane, turn.due, sent))
            turn = self._lanes.following(turn, sent)
            if self._lanes.has_turns:
                self._wake.set()

    async def _attempt(self, lane: Lane, row: Due) -> Sent:
        now, body = self._clock(), row.payload.encode()
        try:
            secrets = lane.secrets_of(row, now, self._keys)
        except Undecipherable as fault:
            log.warning("A secret can't be read.", webhook=str(row.webhook_id), why=str(fault))
            return Sent(now, 0, None, None, "its secret can't be read by this server", None)
        headers = headers_for(secrets, ids.shown(Event.PREFIX, row.event_id), now, body)
        try:
            return await self._sender.send(row.url, headers, body)
        except Exception:  # the loop's edge: what ails one delivery holds up no other
            log.exception(
                "A delivery can't be sent for a fault of ours.", webhook=str(row.webhook_id)
            )
            return Sent(now, 0, None, None, "could not be tried: this server has a fault", None)

    @staticmethod
    def _settled(lane: Lane, id: UUID) -> None:
        lane.busy.discard(id)
