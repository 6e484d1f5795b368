"""The connections of clients: nobody keeps one by asking nothing, or by not reading an answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

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

    def __init__(
        self, answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]], **options: Any
    ) -> None:
        super().__init__(answer, keepalive_timeout=IDLE_SECONDS, **options)
        self._looks: dict[web.RequestHandler, Look] = {}

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
