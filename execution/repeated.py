"""The Idempotency-Key of a request: read from its header, with what the request asks for."""

import hashlib
import re
from typing import Final

import orjson

from db.errors import InvalidInput
from execution.request import KEY, Asked
from schema.attempt import Attempt

LONGEST: Final = 255
PRINTABLE: Final = re.compile(rf"[!-~](?:[ -~]{{0,{LONGEST - 2}}}[!-~])?")
# A string as structured fields have it (RFC 9651): in quotes, with \" and \\ for these two.
QUOTED: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')


def attempt_of(asked: Asked) -> Attempt | None:
    """What may be sent again, where the client gave it a key; InvalidInput for a malformed one."""
    if not asked.keys:
        return None
    header, *more = asked.keys
    if more:
        raise InvalidInput.at(KEY, "must be given once")
    key = key_in(header.strip(" \t"))
    return Attempt(hashlib.sha256(key.encode()).digest(), fingerprint(asked))


def key_in(header: str) -> str:
    """The key itself: the same whether it stands in quotes or bare."""
    key = header
    if header.startswith('"'):
        quoted = QUOTED.fullmatch(header)
        key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else ""
    if not PRINTABLE.fullmatch(key):
        message = f"must be 1 to {LONGEST} printable ASCII characters, such as a UUID"
        raise InvalidInput.at(KEY, f"{message}; quotes around it must be closed")
    return key


def fingerprint(asked: Asked) -> bytes:
    """A digest of all that an operation is, the order of its variables' members aside."""
    parts = [asked.query, asked.variables, asked.operation_name]
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).digest()
