"""The connections of clients: nobody keeps one by asking nothing, or by not reading an answer."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final, cast

from aiohttp import web

from execution.answering import answering_by
from execution.connection import Connection
from execution.outbox import Outbox
from execution.receiver import Receiver, Waiter
from execution.whole import Answer, Response, awaited

# How long the head of the first request may take, and then the next request.
HEAD_SECONDS: Final = 30
IDLE_SECONDS: Final = 75
# How long an answer may wait for a reader who takes nothing of it at all.
READ_SECONDS: Final = 30
WATCH_SECONDS: Final = 1.0


@dataclass(slots=True)
class Look:
    """A connection as it was looked at, and since when nothing of it has changed."""

    transport: asyncio.Transport
    since: float
    waiting_bytes: int = 0


class Connections(web.Server):
    """aiohttp's server, which would wait for ever for who has connected, and for who is to read.

    Strangers needn't know any key for that: as many connections as a process may have files open,
    and nobody else is let in.
    """

    def __init__(self, answer: Answer, **options: Any) -> None:
        # aiohttp asks no more of a response than a Whole has.
        super().__init__(cast("Any", self._awaited), keepalive_timeout=IDLE_SECONDS, **options)
        self._answer = answer
        self.outbox = Outbox(self._loop)
        self._queue: list[tuple[Any, web.BaseRequest, Waiter]] = []
        self._looks: dict[web.RequestHandler, Look] = {}

    def __call__(self) -> Connection:
        return Connection(self, loop=self._loop, **self._kwargs)

    def queue(self, connection: Receiver, request: web.BaseRequest, waiter: Waiter) -> None:
        """Answer a request once all have been read that are there now.

        What is done for many one after another takes a tenth less than in turns with reading.
        """
        if not self._queue:
            self._loop.call_soon(self._answer_all)
        self._queue.append((connection, request, waiter))

    def _answer_all(self) -> None:
        queue, self._queue = self._queue, []
        for connection, request, waiter in queue:
            connection.answer(answering_by(self._answer, request), request, waiter)

    async def _awaited(self, request: web.BaseRequest) -> Response:
        return await awaited(self._answer(request))

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        super().connection_made(handler, transport)
        self._looks[handler] = Look(transport, time.monotonic())

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        super().connection_lost(handler, exc)
        self._looks.pop(handler, None)

    async def watch(self) -> None:
        """Look after the connections, again and again."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = time.monotonic()
            for handler, look in tuple(self._looks.items()):
                if _has_had_its_time(handler, look, now):
                    look.transport.abort()


def _has_had_its_time(handler: web.RequestHandler, look: Look, now: float) -> bool:
    waiting_bytes = look.transport.get_write_buffer_size()
    if not handler._request_count:  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # aiohttp tells nobody
        return now - look.since > HEAD_SECONDS
    if waiting_bytes and waiting_bytes == look.waiting_bytes:
        return now - look.since > READ_SECONDS
    look.since, look.waiting_bytes = now, waiting_bytes
    return False
