"""An HTTP answer that is there as a whole: its head and its body go out in one write.

aiohttp's own responses can be written piece by piece, compressed and chunked, and pay for that
with a third of what a short answer costs.
"""

import time
from collections.abc import Mapping
from email.utils import formatdate
from typing import Final

from aiohttp import HttpVersion10, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

# A longer body is not copied behind its head.
JOINED_BYTES: Final = 64 * 1024


class Whole(web.StreamResponse):
    """Its headers may be changed until it is written; Date and Content-Length are added then."""

    def __init__(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        super().__init__(status=status, headers=headers)
        self.body = body
        self._is_written, self._keeps = False, False

    @property
    def prepared(self) -> bool:
        return self._is_written

    @property
    def keep_alive(self) -> bool:
        """Whether the connection stays open."""
        return self._keeps

    @property
    def body_length(self) -> int:
        return len(self.body)

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        """Write all of it; ConnectionResetError where the client has gone."""
        if self._is_written:
            return None
        transport = request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("The client has gone.")
        self._is_written, self._keeps = True, request.keep_alive
        head, body = self._head(request), b"" if request.method == "HEAD" else self.body
        if len(body) <= JOINED_BYTES:
            transport.write(head + body)
        else:
            transport.write(head)
            transport.write(body)
        # Whoever doesn't read is answered no more than their connection holds.
        await request.writer.drain()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Do nothing: all was written."""

    def _head(self, request: BaseRequest) -> bytes:
        version, headers = request.version, self.headers
        lines = [f"HTTP/{version.major}.{version.minor} {self.status} {self.reason}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines.append(f"Content-Length: {len(self.body)}\r\nDate: {date()}")
        if version == HttpVersion10:
            lines.append(f"Connection: {'keep-alive' if self._keeps else 'close'}")
        elif not self._keeps:
            lines.append("Connection: close")
        head = "\r\n".join(lines)
        # None of the values can have a line break, and one that had would be a header of its own.
        if head.count("\n") != len(lines):
            raise ValueError("A header has a line break in it.")
        return f"{head}\r\n\r\n".encode()


class _Dates:
    """The date as headers have it (RFC 9110, section 5.6.7), made once for each second."""

    second, text = 0, ""


def date() -> str:
    now = int(time.time())
    if now != _Dates.second:
        _Dates.second, _Dates.text = now, formatdate(now, usegmt=True)
    return _Dates.text
