"""Peppers: the keys outside the database under which the secrets inside it are hashed."""

import hmac
import sys

from access.versioned_keys import KEY_BYTES, VersionedKeys


class Peppers(VersionedKeys):
    __slots__ = ()

    NOUN = "pepper"
    RESTING = "tokens"
    SETTING = "TOLLHOUSE_PEPPERS"
    LENGTHS = range(KEY_BYTES, sys.maxsize)
    WANTED = f"{KEY_BYTES} or more are needed"
    # A space can't occur in a token's secret, so a check value is never a digest of one.
    CHECK_LABEL = b"tollhouse pepper check"

    def digest(self, secret: str) -> tuple[int, bytes]:
        """The current version, and the secret's HMAC-SHA-256 under it."""
        return self.current, hmac.digest(self._keys[self.current], secret.encode(), "sha256")

    def matches(self, secret: str, version: int, digest: bytes) -> bool:
        """Compare in constant time; under a version that isn't here nothing matches."""
        key = self._keys.get(version)
        if key is None:
            return False
        return hmac.compare_digest(hmac.digest(key, secret.encode(), "sha256"), digest)
