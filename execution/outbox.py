"""Answers of one turn of the loop, which are sent together once it is over.

To send wakes up who waits for the answer. One client that waits for many is woken up once so, and
not for each, which was a tenth of what a page of products takes. A server with a single request
sends a few microseconds later.
"""

import asyncio
from typing import Final

# Where very many are answered in one turn, the first ones don't wait for the last.
MOST: Final = 16


class Outbox:
    """Of one loop. What is put in goes out in its order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._held: list[tuple[asyncio.WriteTransport, bytes]] = []

    def put(self, transport: asyncio.WriteTransport, data: bytes) -> None:
        if not self._held:
            self._loop.call_soon(self.send)
        self._held.append((transport, data))
        if len(self._held) == MOST:
            self.send()

    def send(self) -> None:
        """Send all now: to be called before more is sent past it, or a connection is closed."""
        held, self._held = self._held, []
        for transport, data in held:
            try:
                transport.write(data)
            except Exception as error:  # noqa: BLE001  # the others wait for theirs
                self._loop.call_exception_handler(
                    {"message": "An answer can't be sent.", "exception": error}
                )
