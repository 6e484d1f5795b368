"""Identifiers: TypeIDs, which are UUIDv7 with a prefix that names the type.

Sources: RFC 9562, section 5.7; the TypeID specification, version 0.3.
"""

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from db import letters
from db.errors import InvalidInput
from db.letters import ALPHABET

LENGTH: Final = 26
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
# The first letter has three bits. Python's own digits for base 32 read faster than a loop does.
SUFFIX: Final = re.compile(f"[0-7][{ALPHABET}]{{{LENGTH - 1}}}")
DIGITS: Final = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")


class Tails:
    """The random parts of ids, which rise among those of one moment (RFC 9562, method 2 of 6.2).

    What one request makes has one time. Moments that others came after are forgotten.
    """

    def __init__(self, size: int = 1_000) -> None:
        self._latest: dict[int, int] = {}
        self._size = size

    def next(self, moment: int) -> int:
        latest = self._latest.pop(moment, None)
        if latest is None:
            # The first of their 62 bits is left for those that follow.
            tail = secrets.randbits(61)
            if len(self._latest) >= self._size:
                del self._latest[next(iter(self._latest))]
        else:
            tail = latest + 1 + secrets.randbits(32)
        self._latest[moment] = tail
        return tail


TAILS: Final = Tails()


def new_uuid(now: datetime) -> UUID:
    """A UUIDv7 whose order is that of time, to the microsecond (RFC 9562, method 3 of 6.2).

    Those that this process makes for one time are in the order in which they are made.
    """
    since = now - EPOCH
    milliseconds, rest = divmod(since.microseconds, 1000)
    milliseconds += (since.days * 86_400 + since.seconds) * 1000
    fraction = rest * 4096 // 1000
    head = milliseconds << 80 | 0x7 << 76 | fraction << 64
    return UUID(int=head | 0b10 << 62 | TAILS.next(head))


def shown(prefix: str, id: UUID) -> str:
    return all_shown(prefix, [id])[0]


def all_shown(prefix: str, ids: Iterable[UUID]) -> list[str]:
    """The same for many ids at once."""
    return letters.shown(prefix, [id.bytes for id in ids])


def prefix_of(text: str) -> str:
    return text.rpartition("_")[0]


def form(prefix: str) -> re.Pattern[str]:
    """What all ids of this type look like, and nothing else does."""
    return re.compile(f"{re.escape(prefix)}_{SUFFIX.pattern}")


def unlike(prefix: str) -> str:
    return f"must be {prefix}_ and {LENGTH} letters or digits"


def parsed(prefix: str, text: str, path: str = "id") -> UUID:
    """The UUID behind an id of this type; InvalidInput names `path` for anything else."""
    given, _, suffix = text.rpartition("_")
    if given != prefix or not SUFFIX.fullmatch(suffix):
        raise InvalidInput.at(path, unlike(prefix))
    return UUID(int=int(suffix.translate(DIGITS), 32))
