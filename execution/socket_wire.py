"""The wire of a socket: text in, text out, and an end that nobody can hold up."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Final

from aiohttp import WSMsgType, web

from execution.socket_close import Close, Ending
from execution.socket_message import PROTOCOL

MOST_BYTES: Final = 64 * 1024
PING_SECONDS: Final = 30
# How long a reader may let messages wait, and a client take to answer a close frame.
SEND_SECONDS: Final = 10
CLOSE_SECONDS: Final = 1


class Wire:
    """A WebSocket; one message is sent at a time, and others wait where they were made."""

    def __init__(self) -> None:
        self.response = web.WebSocketResponse(
            timeout=CLOSE_SECONDS,
            heartbeat=PING_SECONDS,
            protocols=(PROTOCOL,),
            # What is small when it comes may be huge unpacked.
            compress=False,
            # aiohttp refuses what reaches its limit.
            max_msg_size=MOST_BYTES + 1,
            # Whoever sends waits as soon as the reader is slow.
            writer_limit=0,
        )
        self._sending = asyncio.Lock()
        self._transport: asyncio.Transport | None = None

    async def open(self, request: web.BaseRequest) -> None:
        """Accept the client's handshake; Ending where it is gone, or speaks another protocol."""
        self._transport = request.transport
        try:
            await self.response.prepare(request)
        except ConnectionError:
            raise _gone() from None
        if self.response.ws_protocol != PROTOCOL:
            raise Ending(Close.WRONG_SUBPROTOCOL, "Subprotocol not acceptable")

    async def messages(self) -> AsyncGenerator[str, None]:
        """The messages until the client is gone; Ending for what isn't text."""
        async for message in self.response:
            if message.type is WSMsgType.BINARY:
                raise Ending(Close.INVALID_MESSAGE, "A message must be text.")
            # aiohttp has closed the socket already where a frame was malformed or too large.
            if message.type is WSMsgType.TEXT:
                yield message.data

    async def send(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS), self._sending:
                await self.response.send_str(text)
        except TimeoutError:
            raise Ending(Close.TRY_AGAIN_LATER, "Messages must be read as they come.") from None
        except ConnectionError:
            raise _gone() from None

    async def close(self, ending: Ending) -> None:
        """Say why, wait a moment for the client's answer, and let go in any case."""
        if not self.response.prepared:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * CLOSE_SECONDS):
                await self.response.close(code=ending.code, message=ending.message)
        assert self._transport, "what was prepared had a transport"
        # What isn't read by now never will be.
        self._transport.abort()


def _gone() -> Ending:
    return Ending(Close.GOING_AWAY, "The client is gone.")
