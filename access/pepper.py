"""Peppers: the keys outside the database under which the secrets inside it are hashed."""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Mapping

SHORTEST_BYTES = 32

# A space can't occur in a token's secret, so a check value is never a digest of one.
_CHECK_LABEL = b"tollhouse pepper check"

# Nine digits at most: every version fits PostgreSQL's integer.
_VERSION = re.compile(r"[1-9][0-9]{0,8}")


class Peppers:
    """Peppers by version; the first listed is the current one, which new digests are made with.

    Which is the newest is said by the order alone, so that a new pepper can be listed second on
    every host before any of them makes it current.
    """

    __slots__ = ("_keys", "current")

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise ValueError("At least one pepper is needed.")
        for version, key in keys.items():
            if not _VERSION.fullmatch(str(version)):
                raise ValueError("A pepper's version is a whole number from 1 to 999999999.")
            if len(key) < SHORTEST_BYTES:
                raise ValueError(
                    f"Pepper {version} has {len(key)} bytes; {SHORTEST_BYTES} or more are needed."
                )
        self._keys = dict(keys)
        self.current = next(iter(self._keys))

    @classmethod
    def generate(cls, version: int = 1) -> "Peppers":
        return cls({version: secrets.token_bytes(SHORTEST_BYTES)})

    @classmethod
    def parse(cls, text: str) -> "Peppers":
        """Read `version:base64,version:base64`; what is wrong is named, and no value is shown."""
        keys: dict[int, bytes] = {}
        for place, entry in enumerate(text.split(","), 1):
            version, key = _entry(place, entry.strip())
            if version in keys:
                raise ValueError(f"Pepper {version} is listed twice.")
            keys[version] = key
        return cls(keys)

    @property
    def versions(self) -> tuple[int, ...]:
        return tuple(self._keys)

    def show(self) -> str:
        """The secret form that `parse` reads."""
        return ",".join(
            f"{version}:{base64.b64encode(key).decode()}" for version, key in self._keys.items()
        )

    def digest(self, secret: str) -> tuple[int, bytes]:
        """The current version, and the secret's HMAC-SHA-256 under it."""
        return self.current, hmac.digest(self._keys[self.current], secret.encode(), "sha256")

    def matches(self, secret: str, version: int, digest: bytes) -> bool:
        """Compare in constant time; under a version that isn't here nothing matches."""
        key = self._keys.get(version)
        if key is None:
            return False
        return hmac.compare_digest(hmac.digest(key, secret.encode(), "sha256"), digest)

    def check_value(self, version: int) -> bytes:
        """What the database may keep to tell whether a process has the same pepper.

        It reveals nothing of the pepper. An unknown version is a KeyError.
        """
        return hmac.digest(self._keys[version], _CHECK_LABEL, "sha256")

    def __repr__(self) -> str:
        return f"Peppers(versions={self.versions})"


def _entry(place: int, entry: str) -> tuple[int, bytes]:
    version, _, encoded = entry.partition(":")
    if not (encoded and _VERSION.fullmatch(version)):
        raise ValueError(f"Entry {place} of the peppers is not of the form version:base64.")
    try:
        return int(version), base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"Pepper {version} is not base64.") from None
