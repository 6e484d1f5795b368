"""Tokens: what a key looks like, and how one is told from a string that merely looks alike."""

import re
import secrets
import string
import zlib
from dataclasses import dataclass, field

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
PAIRS = [high + low for high in DIGITS for low in DIGITS]
SQUARE = len(PAIRS) ** 2
ID_LENGTH = 12
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
SECRET_BITS = 256

ID = slice(len("th_"), len("th_") + ID_LENGTH)
LENGTH = len("th_") + ID_LENGTH + len("_") + SECRET_LENGTH + CHECKSUM_LENGTH
SECRET = slice(ID.stop + len("_"), -CHECKSUM_LENGTH)

_FORM = re.compile(
    rf"th_[0-9A-Za-z]{{{ID_LENGTH}}}_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}"
)
_ID = re.compile(rf"[0-9A-Za-z]{{{ID_LENGTH}}}")


@dataclass(frozen=True, slots=True)
class Token:
    """The id is public and names the key; the secret proves that the caller holds it."""

    id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """The whole token, to be shown once."""
        body = f"th_{self.id}_{self.secret}"
        return body + _checksum(body)

    @property
    def hint(self) -> str:
        """The public part and the last four characters, which are the checksum's."""
        return f"th_{self.id}…{self.text[-4:]}"


def mint(id: str | None = None) -> Token:
    """Make a token with a new secret; a rotation hands in the id that the key keeps."""
    if id is None:
        id = "".join(secrets.choice(DIGITS) for _ in range(ID_LENGTH))
    elif not _ID.fullmatch(id):
        raise ValueError(f"A token's id is {ID_LENGTH} characters of 0-9, A-Z and a-z.")
    return Token(id, _base62(secrets.randbits(SECRET_BITS), SECRET_LENGTH))


def parse(text: str) -> Token | None:
    """Read a token; anything whose form or checksum is wrong is none."""
    return Token(text[ID], text[SECRET]) if _is_well_formed(text) else None


def may_be_token(text: str) -> bool:
    """Whether it has the size of a token, so that it is cheap to look for it among known ones."""
    return len(text) == LENGTH and text.isascii()


def _is_well_formed(text: str) -> bool:
    """Whether form and checksum are right, as of any token that was copied whole."""
    if _FORM.fullmatch(text) is None:
        return False
    return text[-CHECKSUM_LENGTH:] == _checksum(text[:-CHECKSUM_LENGTH])


def _checksum(body: str) -> str:
    # Three pairs of digits; the loop below does the same for any length.
    high, rest = divmod(zlib.crc32(body.encode()), SQUARE)
    middle, low = divmod(rest, len(PAIRS))
    return PAIRS[high] + PAIRS[middle] + PAIRS[low]


def _base62(number: int, length: int) -> str:
    pairs: list[str] = []
    for _ in range(0, length, 2):
        number, pair = divmod(number, len(PAIRS))
        pairs.append(PAIRS[pair])
    return "".join(reversed(pairs))[-length:]
