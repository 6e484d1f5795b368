"""What is hashed under peppers."""

import base64
import hashlib
import hmac

from access.pepper import Peppers

OLD, NEW = b"o" * 32, b"n" * 40
BOTH = f"2:{base64.b64encode(NEW).decode()},1:{base64.b64encode(OLD).decode()}"


def test_a_digest_is_the_hmac_under_the_current_pepper():
    expected = hmac.new(NEW, b"secret", hashlib.sha256).digest()
    assert Peppers.parse(BOTH).digest("secret") == (2, expected)


def test_digests_match_under_their_own_version_only():
    peppers = Peppers.parse(BOTH)
    old = Peppers({1: OLD}).digest("secret")[1]
    assert peppers.matches("secret", 1, old)
    assert not peppers.matches("secret", 2, old)
    assert not peppers.matches("secret", 3, peppers.digest("secret")[1])
    assert not peppers.matches("other", 1, old)
    assert not peppers.matches("secret", 1, b"")
