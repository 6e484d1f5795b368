"""The wire of a stream of events: bytes out, and an end that nobody can hold up."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from aiohttp import web

from execution.events import KEEP_ALIVE
from execution.negotiate import EVENTS

KEEP_ALIVE_SECONDS: Final = 12
# How long a reader may let events wait, and how long the last of them may take.
SEND_SECONDS: Final = 10
CLOSE_SECONDS: Final = 1


class Gone(Exception):
    """The client has gone, or doesn't read what it asked for."""


class EventWire:
    """An answer that goes on; one event is sent at a time."""

    def __init__(self, request: web.BaseRequest) -> None:
        self.response = web.StreamResponse()
        self._request, self._transport = request, request.transport
        self._sending = asyncio.Lock()

    @property
    def is_gone(self) -> bool:
        return self._transport is None or self._transport.is_closing()

    async def open(self, headers: Mapping[str, str]) -> None:
        """Send the headers, without waiting for a first event. Raises Gone."""
        self.response.headers.update(headers)
        self.response.content_type = EVENTS
        self.response.charset = "utf-8"
        await self.response.prepare(self._request)
        await self.send(KEEP_ALIVE)

    async def send(self, content: bytes) -> None:
        """Raises Gone."""
        try:
            async with asyncio.timeout(SEND_SECONDS), self._sending:
                await self.response.write(content)
        except (TimeoutError, ConnectionError):
            raise Gone from None

    async def keep_alive(self) -> None:
        while True:
            await asyncio.sleep(KEEP_ALIVE_SECONDS)
            await self.send(KEEP_ALIVE)

    async def close(self, last: bytes | None) -> None:
        """Send the last events and the end of the answer, or let go of who doesn't read them."""
        if last is not None and self.response.prepared:
            with suppress(TimeoutError, ConnectionError):
                async with asyncio.timeout(CLOSE_SECONDS):
                    return await self.response.write_eof(last)
        if self._transport is not None:
            self._transport.abort()
        return None
