"""One connection to a customer's server: requests and their answers, one at a time."""

import asyncio
from collections.abc import Callable
from typing import Final, Self

from delivery.faults import MALFORMED, NO_ANSWER, Failure
from delivery.guard import LONGEST_READ, CountedSocket
from delivery.reader import Reader, Reply

# Of a request that is written in one piece.
LONGEST_PIECE: Final = 1 << 16


class TimedOut(Failure):
    """The time for an attempt is over."""


class Connection(asyncio.BufferedProtocol):
    """It reads into a buffer of its own, so that one server that floods doesn't hold up others."""

    def __init__(
        self, opened: CountedSocket, on_end: Callable[[Self], None], *, keep: bool
    ) -> None:
        # Whether it may be kept for the next request.
        self.keep = keep
        self._loop = asyncio.get_running_loop()
        self._socket = opened
        self._on_end = on_end
        self._buffer = memoryview(bytearray(LONGEST_READ))
        self._reader = Reader()
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[Reply] | None = None
        # Why it can't be used any more.
        self._fault: Exception | None = None
        self._is_lost = False
        self._requests = 0

    async def exchange(self, head: bytes, body: bytes, deadline: float) -> Reply:
        """Send a request and wait for the answer until the loop's clock shows the deadline.

        Raises Failure or OSError. Unless the answer is all that came and the request all that is
        left to go, the connection is dropped.
        """
        self._requests += 1
        self._socket.begin()
        self._reader.begin()
        if self._fault is not None:
            raise self._fault
        waiter = self._waiter = self._loop.create_future()
        timer = self._loop.call_at(deadline, self._expire)
        try:
            self._write(head, body)
            return await waiter
        finally:
            timer.cancel()
            self._waiter = None
            if not self.is_reusable:
                self.abort()

    def _write(self, head: bytes, body: bytes) -> None:
        transport = self._transport
        assert transport is not None, "it is connected"
        if len(head) + len(body) <= LONGEST_PIECE:
            transport.write(head + body)
        else:
            transport.write(head)
            transport.write(body)

    @property
    def is_reusable(self) -> bool:
        transport = self._transport
        return (
            self._reader.is_reusable
            and self._fault is None
            and transport is not None
            and not transport.is_closing()
            and not transport.get_write_buffer_size()
        )

    @property
    def was_stale(self) -> bool:
        """Whether it was kept and then ended by the other side before anything was answered."""
        return self._requests > 1 and self._is_lost and not self._reader.has_begun

    def abort(self) -> None:
        """Drop it at once; closing would wait for the other side to take all."""
        if self._fault is None:
            self._fault = Failure(NO_ANSWER)
        if self._transport is not None:
            self._transport.abort()

    def _expire(self) -> None:
        self._fail(TimedOut())

    def _fail(self, fault: Exception) -> None:
        if self._fault is None:
            self._fault = fault
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(self._fault)
        self.abort()

    # What follows is called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        waiter, reader = self._waiter, self._reader
        if waiter is None or waiter.done():
            # Nothing was asked that this could answer.
            self._fail(Failure(MALFORMED))
            return
        try:
            reader.feed(self._buffer[:nbytes])
        except Failure as fault:
            self._fail(fault)
            return
        if reader.is_complete:
            waiter.set_result(reader.reply)
            if not reader.is_reusable:
                self.abort()

    def eof_received(self) -> None:
        self._lose(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(exc)
        self._transport = None
        self._on_end(self)

    def _lose(self, error: Exception | None) -> None:
        waiter, reader = self._waiter, self._reader
        self._is_lost = True
        if waiter is not None and not waiter.done() and error is None and reader.end():
            waiter.set_result(reader.reply)
        if reader.is_headed:
            self._fail(reader.broken_off())
        else:
            self._fail(error or Failure(NO_ANSWER))
