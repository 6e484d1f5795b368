"""What is sealed with encryption keys, and what was done to it that keeps it shut."""

import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from access.encryption import EncryptionKeys, Undecipherable
from tests.embedded_parts import ROOT

OLD, NEW = b"o" * 32, b"n" * 32
ONE, BOTH = EncryptionKeys({1: OLD}), EncryptionKeys({2: NEW, 1: OLD})
SECRET, ROW = b"whsec, in bytes", b"webhook" + bytes(16)
WITHOUT_CRYPTOGRAPHY = "import sys, cli.command, access.encryption as e; \
e.EncryptionKeys.generate().show(); sys.exit('cryptography' in sys.modules)"


def refused(keys, sealed, bound_to=ROW):
    with pytest.raises(Undecipherable) as raised:
        keys.decrypt(sealed, bound_to)
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    return str(raised.value)


@given(st.binary(), st.binary())
def test_what_is_sealed_is_opened(plain, bound_to):
    sealed = BOTH.encrypt(plain, bound_to)

    assert BOTH.decrypt(sealed, bound_to) == plain
    assert len(sealed) == 4 + 12 + len(plain) + 16


def test_a_sealed_value_is_version_nonce_and_ciphertext():
    sealed = BOTH.encrypt(SECRET, ROW)

    assert sealed[:4] == b"\0\0\0\2"
    assert AESGCM(NEW).decrypt(sealed[4:16], sealed[16:], b"\0\0\0\2" + ROW) == SECRET
    assert SECRET not in sealed


def test_a_stored_value_can_be_read_by_later_releases():
    stored = bytes.fromhex(
        "000000010102030405060708090a0b0c"
        "90b1cdb0b74516f11385b01782456be0d3b48685831a8174e94d5d1bf97e32"
    )
    assert ONE.decrypt(stored, ROW) == SECRET


def test_the_same_value_is_sealed_differently_each_time():
    sealed = [BOTH.encrypt(SECRET, ROW) for _ in range(1000)]

    assert len({value[4:16] for value in sealed}) == len(set(sealed)) == 1000


def test_what_an_older_key_sealed_is_opened_beside_a_newer_one():
    assert BOTH.decrypt(ONE.encrypt(SECRET, ROW), ROW) == SECRET


def test_the_version_that_is_missing_is_named():
    assert refused(ONE, BOTH.encrypt(SECRET, ROW)) == (
        "Encryption key 2 is missing on this host, and a value is sealed with it."
        " Add it from the backup, or from another host of this database."
    )


def test_another_key_of_the_same_version_opens_nothing():
    assert refused(EncryptionKeys({1: NEW}), ONE.encrypt(SECRET, ROW)) == (
        "A value sealed with encryption key 1 was changed, or isn't this row's."
    )


@given(st.binary(), st.data())
def test_no_bit_can_be_changed(plain, data):
    sealed = bytearray(BOTH.encrypt(plain, ROW))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8

    refused(BOTH, bytes(sealed))


@pytest.mark.parametrize("place", [0, 3, 4, 15, 16, 30, 31, 46])
def test_each_part_is_held(place):
    sealed = bytearray(ONE.encrypt(SECRET, ROW))
    sealed[place] ^= 0x80

    said = refused(ONE, bytes(sealed))

    assert ("is missing on this host" in said) is (place < 4)


def test_a_version_cannot_be_given_another_number_of_the_same_key():
    twice = EncryptionKeys({1: OLD, 2: OLD})

    assert "key 2 was changed" in refused(twice, b"\0\0\0\2" + twice.encrypt(SECRET, ROW)[4:])


@pytest.mark.parametrize("other", [b"", ROW[:-1], ROW + b"\0", b"webhook" + b"\1" * 16])
def test_a_value_cannot_be_moved_to_another_row(other):
    assert "isn't this row's" in refused(ONE, ONE.encrypt(SECRET, ROW), other)


@pytest.mark.parametrize("length", [0, 3, 15, 16, 31])
def test_a_value_that_was_cut_short_is_told(length):
    sealed = ONE.encrypt(b"", ROW)[:length]

    assert refused(ONE, sealed) == f"A sealed value has {length} bytes: it was cut short."


@given(st.binary())
def test_what_was_never_sealed_is_refused(value):
    refused(BOTH, value)


def test_no_fault_shows_what_is_secret():
    sealed = ONE.encrypt(SECRET, ROW)

    for keys, value in ((ONE, sealed[:-1]), (EncryptionKeys({9: NEW}), sealed)):
        said = refused(keys, value)
        assert not any(text in said for text in ("oooo", "nnnn", "whsec"))


def test_commands_that_encrypt_nothing_do_not_load_cryptography():
    ended = subprocess.run([sys.executable, "-c", WITHOUT_CRYPTOGRAPHY], cwd=ROOT, check=False)

    assert ended.returncode == 0
