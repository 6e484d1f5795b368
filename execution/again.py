"""A request with the head of one before it: of that nothing is read anew but how long its body is.

Most clients keep their connection and say the same each time. To parse a head takes a sixth of
what a small query does.
"""

import hashlib
import re
import secrets
from typing import TYPE_CHECKING, Any, Final

from aiohttp import HttpVersion11, web

from execution.request import SMALL_BYTES

if TYPE_CHECKING:
    from execution.head import Head
    from execution.receiver import Receiver

END: Final = b"\r\n\r\n"
DIGITS: Final = 5
LENGTH: Final = re.compile(rb"\r\nContent-Length: (\d{1,%d})(?=\r\n)" % DIGITS, re.IGNORECASE)
# To copy what has taken the key in already is less work than to begin with it.
KEYED: Final = hashlib.blake2b(digest_size=16, key=secrets.token_bytes(32))


class Seen:
    """A head as a keyed hash, so that no token stays in memory, of all but Content-Length's digits.

    `mark` is what its token is known by. Until that is there it serves nobody: of strangers more
    is asked than it knows.
    """

    __slots__ = ("_digest", "_place", "head", "mark")

    def __init__(self, place: int, digest: bytes, head: "Head") -> None:
        self._place, self._digest, self.head = place, digest, head
        self.mark: bytes | None = None

    def body_in(self, data: bytes) -> bytes | None:
        """The body where the data is one whole request that has this head, else None."""
        place = self._place
        end = data.find(b"\r\n", place, place + DIGITS + 2)
        digits = data[place:end]
        if end < 0 or not digits.isdigit():
            return None
        stop = data.find(END, end) + len(END)
        size = len(data) - stop
        if size != int(digits) or size > SMALL_BYTES:
            return None
        return data[stop:] if digest_of(data[:place], data[end:stop]) == self._digest else None


class Again:
    """It says what is asked of most requests; for anything else it is parsed after all."""

    __slots__ = ("_connection", "_data", "_whole", "body", "head", "seen")
    method, version, keep_alive = "POST", HttpVersion11, True

    def __init__(self, connection: "Receiver", data: bytes, body: bytes, seen: Seen) -> None:
        self._connection, self._data, self.body = connection, data, body
        self.seen, self.head = seen, seen.head
        self._whole: web.BaseRequest | None = None

    @property
    def transport(self) -> Any:
        return self._connection.transport

    def __getattr__(self, name: str) -> Any:
        if self._whole is None:
            self._whole = self._connection.parsed(self._data)
        return getattr(self._whole, name)


def is_one(data: bytes, body_size: int) -> bool:
    """Whether a body of that size behind the first head is all that there is in the data."""
    return data.find(END) + len(END) + body_size == len(data)


def seen_in(data: bytes, message: Any, head: "Head") -> Seen | None:
    """What the head of one whole request is known by; None where that needs a closer look."""
    if message.method != Again.method or message.version != Again.version:
        return None
    stop = data.find(END) + len(END)
    lengths = [*LENGTH.finditer(data, 0, stop)]
    if len(lengths) != 1:
        return None
    place, end = lengths[0].span(1)
    return Seen(place, digest_of(data[:place], data[end:stop]), head)


def digest_of(before: bytes, behind: bytes) -> bytes:
    """Of what stands before and behind the digits; where they stand is known beside it."""
    keyed = KEYED.copy()
    keyed.update(before)
    keyed.update(behind)
    return keyed.digest()
