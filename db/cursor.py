"""Opaque positions, good for the owner, list, filter and order that they were made for."""

import base64
import binascii
import hashlib
from typing import Any
from uuid import UUID

import orjson

from db.errors import InvalidInput

LONGEST = 2000


def fingerprint(*parts: Any) -> str:
    """What a cursor's owner, list, filter and order come to."""
    described = orjson.dumps(parts, default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(described, digest_size=6).hexdigest()


def encode(mark: str, value: str | None, id: UUID) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([mark, value, str(id)])).decode().rstrip("=")


def decode(text: str, mark: str, path: str, *, sorted_by_value: bool) -> tuple[str | None, UUID]:
    """The sort value and id in a cursor; InvalidInput where it isn't one of this list's."""
    try:
        padded = text[:LONGEST] + "=" * (-len(text[:LONGEST]) % 4)
        given, value, id = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        position = UUID(id)
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise InvalidInput.at(path, "is not a cursor; take one from a page of this list") from None
    kind = str if sorted_by_value else type(None)
    if given != mark or not isinstance(value, kind) or "\0" in (value or ""):
        raise InvalidInput.at(path, "is a cursor of another list, filter or order")
    return value, position
