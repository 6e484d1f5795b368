"""Keys by version, peppers and encryption keys alike: how they are listed, read and told apart."""

import base64
import hashlib
import hmac

import pytest

from access.encryption import EncryptionKeys
from access.pepper import Peppers

OLD, NEW = b"o" * 32, b"n" * 32
OLD_TEXT, NEW_TEXT = base64.b64encode(OLD).decode(), base64.b64encode(NEW).decode()
BOTH = f"2:{NEW_TEXT},1:{OLD_TEXT}"
KINDS = {"pepper": Peppers, "encryption key": EncryptionKeys}
LABELS = {"pepper": b"tollhouse pepper check", "encryption key": b"tollhouse encryption key check"}


@pytest.fixture(params=KINDS)
def noun(request):
    return request.param


@pytest.fixture
def kind(noun):
    return KINDS[noun]


def test_the_first_listed_is_current(kind):
    assert kind.parse(BOTH).current == 2
    assert kind.parse(BOTH).versions == (2, 1)
    assert kind.parse(f"1:{OLD_TEXT},2:{NEW_TEXT}").current == 1


def test_show_gives_the_form_back(kind):
    assert kind.parse(BOTH).show() == BOTH
    assert kind.parse(f" 2:{NEW_TEXT} , 1:{OLD_TEXT}\n").show() == BOTH


def test_generated_keys_are_new_and_are_read_back(kind):
    keys = kind.generate()

    assert type(keys) is kind
    assert keys.versions == (1,)
    assert len(base64.b64decode(keys.show().removeprefix("1:"))) == 32
    assert kind.parse(keys.show()).show() == keys.show()
    assert kind.generate().show() != keys.show()
    assert kind.generate(7).current == 7


def test_a_check_value_is_a_digest_of_the_label(kind, noun):
    keys = kind.parse(BOTH)

    assert keys.check_value(1) == hmac.digest(OLD, LABELS[noun], hashlib.sha256)
    assert keys.check_value(2) == kind({2: NEW}).check_value(2) != keys.check_value(1)
    with pytest.raises(KeyError):
        keys.check_value(3)


def test_kinds_with_the_same_bytes_have_different_check_values():
    assert Peppers({1: OLD}).check_value(1) != EncryptionKeys({1: OLD}).check_value(1)


def test_repr_shows_no_key(kind):
    assert repr(kind.parse(BOTH)) == f"{kind.__name__}(versions=(2, 1))"


FORM = "s is not of the form version:base64."


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", f"Entry 1 of the {{noun}}{FORM}"),
        (OLD_TEXT, f"Entry 1 of the {{noun}}{FORM}"),
        (BOTH + ",", f"Entry 3 of the {{noun}}{FORM}"),
        (f"0:{OLD_TEXT}", f"Entry 1 of the {{noun}}{FORM}"),
        (f"-1:{OLD_TEXT}", f"Entry 1 of the {{noun}}{FORM}"),
        (f"٢:{OLD_TEXT}", f"Entry 1 of the {{noun}}{FORM}"),
        (f"1000000000:{OLD_TEXT}", f"Entry 1 of the {{noun}}{FORM}"),
        ("1:", f"Entry 1 of the {{noun}}{FORM}"),
        (f"{BOTH},1:{NEW_TEXT}", "{named} 1 is listed twice."),
        (f"1:{OLD_TEXT}!", "{named} 1 is not base64."),
        (f"1:{OLD_TEXT}é", "{named} 1 is not base64."),
        (f"1:{OLD_TEXT[:-2]}", "{named} 1 is not base64."),
    ],
)
def test_a_fault_is_named_and_its_value_is_not(kind, noun, text, fault):
    with pytest.raises(ValueError, match=r".") as raised:
        kind.parse(text)

    assert str(raised.value) == fault.format(noun=noun, named=noun.capitalize())
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.mark.parametrize(
    ("kind", "length", "fault"),
    [
        (Peppers, 31, "Pepper 5 has 31 bytes; 32 or more are needed."),
        (EncryptionKeys, 31, "Encryption key 5 has 31 bytes; exactly 32 are needed."),
        (EncryptionKeys, 33, "Encryption key 5 has 33 bytes; exactly 32 are needed."),
        (EncryptionKeys, 16, "Encryption key 5 has 16 bytes; exactly 32 are needed."),
    ],
)
def test_a_length_that_will_not_do_is_told(kind, length, fault):
    with pytest.raises(ValueError, match="bytes") as raised:
        kind.parse(f"5:{base64.b64encode(b'x' * length).decode()}")

    assert str(raised.value) == fault


def test_a_pepper_may_be_longer():
    assert Peppers({1: b"x" * 64}).versions == (1,)


@pytest.mark.parametrize("version", [0, -1, 1_000_000_000])
def test_versions_are_positive_and_fit_the_database(kind, noun, version):
    with pytest.raises(ValueError, match=f"{noun} is a whole number from 1 to 999999999"):
        kind({version: OLD})


def test_one_at_least(kind, noun):
    with pytest.raises(ValueError, match=f"At least one {noun} is needed"):
        kind({})
