"""An HTTP answer that is there as a whole: its head and its body go out in one write.

aiohttp's own responses can be written piece by piece, compressed and chunked, and pay for that
with a third of what a short answer costs. Of a response aiohttp asks no more than is here.
"""

import time
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Final, TypeAlias

from aiohttp import HttpVersion, HttpVersion10, web

# A longer body is not copied behind its head.
JOINED_BYTES: Final = 64 * 1024


class Whole:
    """Its headers may be changed until it is written; Date and Content-Length are added then.

    They are the dict that is given, whose names are written as they are.
    """

    __slots__ = ("body", "headers", "keep_alive", "prepared", "status")

    def __init__(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.status, self.body, self.headers = status, body, headers
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

    def write(self, request: web.BaseRequest) -> None:
        """The same for who sees to it that no more is written to whoever doesn't read."""
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("The client has gone.")
        self.prepared, self.keep_alive = True, request.keep_alive
        head, body = self._head(request.version), b"" if request.method == "HEAD" else self.body
        if len(body) <= JOINED_BYTES:
            transport.write(head + body)
        else:
            transport.write(head)
            transport.write(body)

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: all was written."""

    def _head(self, version: HttpVersion) -> bytes:
        lines = [first_line(version, self.status)]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines.append(f"Content-Length: {len(self.body)}\r\nDate: {date()}")
        if version == HttpVersion10:
            lines.append(f"Connection: {'keep-alive' if self.keep_alive else 'close'}")
        elif not self.keep_alive:
            lines.append("Connection: close")
        head = "\r\n".join(lines)
        # None of the values can have a line break, and one that had would be a header of its own.
        if head.count("\n") != len(lines):
            raise ValueError("A header has a line break in it.")
        return f"{head}\r\n\r\n".encode()


# What a request may be answered by.
Response: TypeAlias = web.StreamResponse | Whole
# An answer that is there at once, or else what is to be awaited for it; and what gives that.
Answering: TypeAlias = Whole | Awaitable[Response]
Answer: TypeAlias = Callable[[web.BaseRequest], Answering]


@lru_cache(maxsize=100)
def first_line(version: HttpVersion, status: int) -> str:
    return f"HTTP/{version.major}.{version.minor} {status} {HTTPStatus(status).phrase}"


class _Dates:
    """The date as headers have it (RFC 9110, section 5.6.7), made once for each second."""

    second, text = 0, ""


def date() -> str:
    now = int(time.time())
    if now != _Dates.second:
        _Dates.second, _Dates.text = now, formatdate(now, usegmt=True)
    return _Dates.text
