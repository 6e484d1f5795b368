"""Keys of the host that lie outside the database: several versions at a time, the first in use."""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import ClassVar, Self

KEY_BYTES = 32

# Nine digits at most: every version fits PostgreSQL's integer.
_VERSION = re.compile(r"[1-9][0-9]{0,8}")


class VersionedKeys:
    """Keys by version; the first listed is the current one, which all that is new is made with.

    Which is the newest is said by the order alone, so that a new key can be listed second on
    every host before any of them makes it current.
    """

    __slots__ = ("_keys", "current")

    # What one is called, what in the database rests on it, and which setting lists them.
    NOUN: ClassVar[str]
    RESTING: ClassVar[str]
    SETTING: ClassVar[str]
    # How many bytes one may have, and how that is said.
    LENGTHS: ClassVar[range]
    WANTED: ClassVar[str]
    # What check values are digests of, and nothing else ever is.
    CHECK_LABEL: ClassVar[bytes]

    def __init__(self, keys: Mapping[int, bytes]) -> None:
        if not keys:
            raise ValueError(f"At least one {self.NOUN} is needed.")
        for version, key in keys.items():
            if not _VERSION.fullmatch(str(version)):
                raise ValueError(
                    f"The version of each {self.NOUN} is a whole number from 1 to 999999999."
                )
            if len(key) not in self.LENGTHS:
                raise ValueError(f"{self.named(version)} has {len(key)} bytes; {self.WANTED}.")
        self._keys = dict(keys)
        self.current = next(iter(self._keys))

    @classmethod
    def generate(cls, version: int = 1) -> Self:
        return cls({version: secrets.token_bytes(KEY_BYTES)})

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `version:base64,version:base64`; what is wrong is named, and no value is shown."""
        keys: dict[int, bytes] = {}
        for place, entry in enumerate(text.split(","), 1):
            version, key = cls._entry(place, entry.strip())
            if version in keys:
                raise ValueError(f"{cls.named(version)} is listed twice.")
            keys[version] = key
        return cls(keys)

    @classmethod
    def named(cls, version: object) -> str:
        """One of them, as a sentence begins with it."""
        return f"{cls.NOUN.capitalize()} {version}"

    @property
    def versions(self) -> tuple[int, ...]:
        return tuple(self._keys)

    def show(self) -> str:
        """The secret form that `parse` reads."""
        return ",".join(
            f"{version}:{base64.b64encode(key).decode()}" for version, key in self._keys.items()
        )

    def check_value(self, version: int) -> bytes:
        """What the database may keep to tell whether a process has the same key.

        It reveals nothing of the key. An unknown version is a KeyError.
        """
        return hmac.digest(self._keys[version], self.CHECK_LABEL, "sha256")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(versions={self.versions})"

    @classmethod
    def _entry(cls, place: int, entry: str) -> tuple[int, bytes]:
        version, _, encoded = entry.partition(":")
        if not (encoded and _VERSION.fullmatch(version)):
            raise ValueError(f"Entry {place} of the {cls.NOUN}s is not of the form version:base64.")
        try:
            return int(version), base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            raise ValueError(f"{cls.named(version)} is not base64.") from None
