"""Encryption keys: what the database keeps and must be read again is sealed with them."""

import secrets

from access.versioned_keys import KEY_BYTES, VersionedKeys

VERSION_BYTES = 4
NONCE_BYTES = 12
TAG_BYTES = 16
HEAD_BYTES = VERSION_BYTES + NONCE_BYTES


class Undecipherable(Exception):
    """What was sealed can't be read; the sentence says why, and shows nothing of it."""


class EncryptionKeys(VersionedKeys):
    """AES-256-GCM under the current version, with a nonce of 96 random bits for each value.

    One version is good for 2**32 values (NIST SP 800-38D, section 8.3): up to there, the chance
    that a nonce ever comes twice is below 2**-32.
    """

    __slots__ = ()

    NOUN = "encryption key"
    RESTING = "secrets"
    SETTING = "TOLLHOUSE_ENCRYPTION_KEYS"
    LENGTHS = range(KEY_BYTES, KEY_BYTES + 1)
    WANTED = f"exactly {KEY_BYTES} are needed"
    CHECK_LABEL = b"tollhouse encryption key check"

    def encrypt(self, plain: bytes, bound_to: bytes) -> bytes:
        """Version, nonce and ciphertext in one; it opens only with the same `bound_to`.

        Say there what the value is and whose, so that a row can't be given another row's.
        """
        # Loading this takes 20 ms, which most commands do without.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        version = self.current.to_bytes(VERSION_BYTES, "big")
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = AESGCM(self._keys[self.current])
        return version + nonce + cipher.encrypt(nonce, plain, version + bound_to)

    def decrypt(self, sealed: bytes, bound_to: bytes) -> bytes:
        """What was encrypted, or Undecipherable."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415  # as above
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415  # as above

        if len(sealed) < HEAD_BYTES + TAG_BYTES:
            raise Undecipherable(f"A sealed value has {len(sealed)} bytes: it was cut short.")
        version, nonce = sealed[:VERSION_BYTES], sealed[VERSION_BYTES:HEAD_BYTES]
        number = int.from_bytes(version, "big")
        key = self._keys.get(number)
        if key is None:
            raise Undecipherable(
                f"{self.named(number)} is missing on this host, and a value is sealed with it."
                " Add it from the backup, or from another host of this database."
            )
        try:
            return AESGCM(key).decrypt(nonce, sealed[HEAD_BYTES:], version + bound_to)
        except InvalidTag:
            raise Undecipherable(
                f"A value sealed with encryption key {number} was changed, or isn't this row's."
            ) from None
