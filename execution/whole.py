"""An HTTP answer that is there as a whole: its head and its body go out in one write.

aiohttp's own responses can be written piece by piece, compressed and chunked, and pay for that
with a third of what a short answer costs. Of a response aiohttp asks no more than is here.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Final, TypeAlias

from aiohttp import HttpVersion, HttpVersion10, web

from execution.outbox import Outbox

# A longer body is not copied behind its head.
JOINED_BYTES: Final = 64 * 1024
# First lines are of few versions and statuses.
MOST_STARTS: Final = 100


class Common:
    """Headers that many answers have in common: with the first line they are written once."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers
        self._start = lru_cache(MOST_STARTS)(lambda *of: _start(headers, *of))

    def start(self, version: HttpVersion, status: int, own: Mapping[str, str]) -> bytes:
        """The first line and these headers, but for those that the answer has of its own."""
        if own and not self._headers.keys().isdisjoint(own):
            left = {name: value for name, value in self._headers.items() if name not in own}
            return _start(left, version, status)
        return self._start(version, status)


# Nothing in common.
APART: Final = Common({})


class Whole:
    """Its headers may be changed until it is written; Date and Content-Length are added then.

    They are the dict that is given, whose names are written as they are. Where it has one in common
    with other answers as well, its own is written. `lines` are headers that are written already,
    and that neither has.
    """

    __slots__ = ("_common", "body", "headers", "keep_alive", "lines", "prepared", "status")

    def __init__(
        self,
        status: int,
        body: bytes,
        headers: dict[str, str],
        common: Common = APART,
        lines: str = "",
    ) -> None:
        self.status, self.body, self.headers, self._common = status, body, headers, common
        self.lines = lines
        # Whether it is written, and whether the connection stays open then.
        self.prepared, self.keep_alive = False, False

    @property
    def body_length(self) -> int:
        return len(self.body)

    async def prepare(self, request: web.BaseRequest) -> None:
        """Write all of it; ConnectionResetError where the client has gone."""
        if not self.prepared:
            self.write(request)
            # Whoever doesn't read is answered no more than their connection holds.
            await request.writer.drain()

    def write(
        self, request: web.BaseRequest, *, is_last: bool = False, outbox: Outbox | None = None
    ) -> None:
        """The same for who sees to it that no more is written to whoever doesn't read.

        Where it `is_last`, the client is told that its connection ends. By an outbox it goes out
        with others, unless the connection ends, or the body is long.
        """
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("The client has gone.")
        self.prepared, self.keep_alive = True, request.keep_alive and not is_last
        head, body = self._head(request.version), b"" if request.method == "HEAD" else self.body
        is_short = len(body) <= JOINED_BYTES
        if outbox is not None and is_short and self.keep_alive:
            outbox.put(transport, head + body)
            return
        if outbox is not None:
            outbox.send()
        if is_short:
            transport.write(head + body)
        else:
            transport.write(head)
            transport.write(body)

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: all was written."""

    def _head(self, version: HttpVersion) -> bytes:
        own = f"{self.lines}{_written(self.headers)}" if self.headers else self.lines
        if version == HttpVersion10:
            own += f"Connection: {'keep-alive' if self.keep_alive else 'close'}\r\n"
        elif not self.keep_alive:
            own += "Connection: close\r\n"
        rest = f"{own}Content-Length: {len(self.body)}\r\nDate: {date()}\r\n\r\n".encode()
        return self._common.start(version, self.status, self.headers) + rest


def _written(headers: Mapping[str, str]) -> str:
    """A line for each of them."""
    lines = ""
    for name, value in headers.items():
        lines += f"{name}: {value}\r\n"
    # None of the values can have a line break, and one that had would be a header of its own.
    if lines.count("\n") != len(headers):
        raise ValueError("A header has a line break in it.")
    return lines


def _start(headers: Mapping[str, str], version: HttpVersion, status: int) -> bytes:
    first = f"HTTP/{version.major}.{version.minor} {status} {HTTPStatus(status).phrase}"
    return f"{first}\r\n{_written(headers)}".encode()


# What a request may be answered by.
Response: TypeAlias = web.StreamResponse | Whole
# An answer that is there at once, or else what is to be awaited for it; and what gives that.
Answering: TypeAlias = Whole | Awaitable[Response]
Answer: TypeAlias = Callable[[web.BaseRequest], Answering]


async def awaited(answering: Answering) -> Response:
    """The answer, for who waits for it in any case."""
    return answering if isinstance(answering, Whole) else await answering


class _Dates:
    """The date as headers have it (RFC 9110, section 5.6.7), made once for each second."""

    second, text = 0, ""


def date() -> str:
    now = int(time.time())
    if now != _Dates.second:
        _Dates.second, _Dates.text = now, formatdate(now, usegmt=True)
    return _Dates.text
