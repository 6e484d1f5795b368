"""Identifiers: TypeIDs, which are UUIDv7 with a prefix that names the type.

Sources: RFC 9562, section 5.7; the TypeID specification, version 0.3.
"""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from db.errors import InvalidInput

ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH: Final = 26
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
PAIRS: Final = [high + low for high in ALPHABET for low in ALPHABET]
VALUES: Final = {letter: value for value, letter in enumerate(ALPHABET)}


def new_uuid(now: datetime) -> UUID:
    """A UUIDv7 whose order is that of time, to the microsecond (RFC 9562, method 3 of 6.2)."""
    microseconds = (now - EPOCH) // timedelta(microseconds=1)
    milliseconds, rest = divmod(microseconds, 1000)
    fraction = rest * 4096 // 1000
    tail = 0b10 << 62 | secrets.randbits(62)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | fraction << 64 | tail)


def shown(prefix: str, id: UUID) -> str:
    rest, pairs = id.int, [""] * 13
    for place in range(12, -1, -1):
        pairs[place] = PAIRS[rest & 1023]
        rest >>= 10
    return f"{prefix}_{''.join(pairs)}"


def prefix_of(text: str) -> str:
    return text.rpartition("_")[0]


def parsed(prefix: str, text: str, path: str = "id") -> UUID:
    """The UUID behind an id of this type; InvalidInput names `path` for anything else."""
    given, _, suffix = text.rpartition("_")
    if given != prefix or len(suffix) != LENGTH or suffix[0] > "7":
        raise InvalidInput.at(path, f"is not an id that begins with {prefix}_")
    value = 0
    for letter in suffix:
        digit = VALUES.get(letter)
        if digit is None:
            raise InvalidInput.at(path, f"is not an id that begins with {prefix}_")
        value = value << 5 | digit
    return UUID(int=value)
