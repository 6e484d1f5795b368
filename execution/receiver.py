"""One connection of a client as it is read: which requests have come, and who is to answer them."""

import asyncio
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpRequestParser, RawRequestMessage, StreamWriter

from execution.again import Again, Seen, is_one, seen_in
from execution.head import Head

if TYPE_CHECKING:
    from execution.connections import Connections

Waiter: TypeAlias = asyncio.Future[None]
# So many heads in a row that aren't those before them, and no more are remembered.
TRIES: Final = 8


class Receiver(web.RequestHandler):
    """aiohttp's, which wakes a task for each request, and that one starts another.

    A request that is there as a whole is answered here, without a task where nothing has to be
    waited for. All others are left to aiohttp's own task: those of which something is still to
    come, several at once, what is no HTTP. That task waits for `_waiter`, which nobody can reach
    while a request is answered here: so there is never more than one at a time.
    """

    __slots__ = ("_head", "_is_between", "_seen", "_server", "_tries")

    def __init__(self, server: "Connections", **options: Any) -> None:
        super().__init__(server, **options)
        self._server = server
        # That of the latest request.
        self._head: Head | None = None
        # Whether aiohttp's parser is between two requests; only then there is one seen before,
        # whose like needn't be parsed.
        self._is_between, self._seen, self._tries = True, cast("Seen | None", None), TRIES
        # Where the last place of the queue is taken by a request whose body came after it had left
        # the queue, aiohttp's parser holds back what follows, and nobody asked for that again.
        self._max_msg_queue_size -= 1
        # aiohttp's task makes its requests by it.
        self._request_factory = self._made

    def data_received(self, data: bytes) -> None:
        waiter, seen = self._waiter, self._seen
        if waiter is None or waiter.done():
            self._parse(data)
            return
        if seen is not None and seen.mark is not None and not self._paused:
            body = seen.body_in(data)
            if body is not None:
                self._tries = TRIES
                self._answer(Again(self, data, body, seen), waiter)
                return
        self._parse(data)
        if not self._messages:
            return
        if self._is_left_to_aiohttp():
            waiter.set_result(None)
        else:
            self._answer(self._taken(data), waiter)

    def parsed(self, data: bytes) -> web.BaseRequest:
        """A request that was known by its head, as it would be if it had been parsed."""
        # The connection's own parser is between two requests, or further on by now.
        parser: Any = HttpRequestParser(
            BaseProtocol(self._loop, cast("Any", None)),
            self._loop,
            self._read_bufsize,
            max_line_size=self.max_line_size,
            max_field_size=self.max_field_size,
            max_headers=self.max_headers,
            auto_decompress=False,
        )
        [(message, payload)], _, _ = parser.feed_data(data)
        return self._request(message, payload)

    def _parse(self, data: bytes) -> None:
        waiter, self._waiter, count = self._waiter, None, len(self._messages)
        try:
            super().data_received(data)
        finally:
            self._waiter = waiter
        if self._is_between and not self._has_one_more(data, count):
            self._is_between, self._seen = False, None

    def _has_one_more(self, data: bytes, count: int) -> bool:
        """Whether all of the data is one request, of which nothing is left to the parser."""
        if len(self._messages) != count + 1:
            return False
        message, payload = self._messages[-1]
        is_whole = self._is_plain(message) and payload.is_eof()
        return is_whole and is_one(data, payload.total_bytes)

    def _is_left_to_aiohttp(self) -> bool:
        message, payload = self._messages[0]
        if len(self._messages) > 1 or not payload.is_eof():
            return True
        # Whoever doesn't read is answered no more.
        return self._paused or not self._is_plain(message)

    def _is_plain(self, message: Any) -> bool:
        """Whether it is HTTP, which is followed by HTTP: what is none comes with an error."""
        return type(message) is RawRequestMessage and not self._upgraded  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # aiohttp leaves it open

    def _taken(self, data: bytes) -> Any:
        message, payload = self._messages.popleft()
        parser: Any = self._parser
        parser.message_consumed()
        request: Any = self._request(message, payload)
        # Who asks once only needs nothing to be known by.
        if self._is_between and self._request_count > 1:
            self._remember(data, message, request)
        return request

    def _remember(self, data: bytes, message: Any, request: Any) -> None:
        if self._tries:
            self._tries -= 1
            request.seen = self._seen = seen_in(data, message, request.head)
        else:
            # From here on it isn't even looked where requests end.
            self._is_between, self._seen = False, None

    def _answer(self, request: Any, waiter: Waiter) -> None:
        # Not before: until then whoever ends the connection ends aiohttp's task as well.
        self._waiter = None
        self._server.requests_count += 1
        self._server.queue(self, request, waiter)

    def _request(self, message: Any, payload: Any) -> web.BaseRequest:
        """As aiohttp's task makes it of a message."""
        writer = StreamWriter(self, self._loop)
        return self._made(message, payload, self, writer, self._task_handler)

    def _made(self, message: Any, *rest: Any) -> web.BaseRequest:
        """The request; what its URL says of a host is left out where that can't be read.

        Otherwise a stranger's connection would be left without anybody who looks after it.
        """
        make: Any = self._server.request_factory
        try:
            request = make(message, *rest)
        except UnicodeError:
            request = make(message._replace(url=message.url.relative()), *rest)
        head = self._head
        if head is None or not head.fits(message):
            head = self._head = Head(message.method, message.path, message.raw_headers)
        request.head = head
        return request
