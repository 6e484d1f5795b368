"""Peppers and what is hashed under them."""

import base64
import hashlib
import hmac

import pytest

from access.pepper import Peppers

OLD, NEW = b"o" * 32, b"n" * 40
OLD_TEXT, NEW_TEXT = base64.b64encode(OLD).decode(), base64.b64encode(NEW).decode()
BOTH = f"2:{NEW_TEXT},1:{OLD_TEXT}"


def test_the_first_listed_is_current():
    assert Peppers.parse(BOTH).current == 2
    assert Peppers.parse(BOTH).versions == (2, 1)
    assert Peppers.parse(f"1:{OLD_TEXT},2:{NEW_TEXT}").current == 1


def test_show_gives_the_form_back():
    assert Peppers.parse(BOTH).show() == BOTH
    assert Peppers.parse(f" 2:{NEW_TEXT} , 1:{OLD_TEXT}\n").show() == BOTH


def test_generated_peppers_are_new_and_are_read_back():
    peppers = Peppers.generate()
    assert peppers.versions == (1,)
    assert Peppers.parse(peppers.show()).show() == peppers.show()
    assert Peppers.generate().show() != peppers.show()
    assert Peppers.generate(7).current == 7


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


def test_check_values_tell_peppers_apart():
    peppers = Peppers.parse(BOTH)
    assert peppers.check_value(1) == Peppers({1: OLD}).check_value(1)
    assert peppers.check_value(1) != Peppers({1: NEW}).check_value(1)
    assert len(peppers.check_value(2)) == 32
    with pytest.raises(KeyError):
        peppers.check_value(3)


def test_repr_shows_no_pepper():
    assert repr(Peppers.parse(BOTH)) == "Peppers(versions=(2, 1))"


FORM = "is not of the form version:base64."


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", f"Entry 1 of the peppers {FORM}"),
        (OLD_TEXT, f"Entry 1 of the peppers {FORM}"),
        (BOTH + ",", f"Entry 3 of the peppers {FORM}"),
        (f"0:{OLD_TEXT}", f"Entry 1 of the peppers {FORM}"),
        (f"-1:{OLD_TEXT}", f"Entry 1 of the peppers {FORM}"),
        (f"٢:{OLD_TEXT}", f"Entry 1 of the peppers {FORM}"),
        (f"1000000000:{OLD_TEXT}", f"Entry 1 of the peppers {FORM}"),
        ("1:", f"Entry 1 of the peppers {FORM}"),
        (f"{BOTH},1:{NEW_TEXT}", "Pepper 1 is listed twice."),
        (f"1:{OLD_TEXT}!", "Pepper 1 is not base64."),
        (f"1:{OLD_TEXT}é", "Pepper 1 is not base64."),
        (f"1:{OLD_TEXT[:-2]}", "Pepper 1 is not base64."),
        ("1:c2hvcnQ=", "Pepper 1 has 5 bytes; 32 or more are needed."),
    ],
)
def test_a_fault_is_named_and_its_value_is_not(text, fault):
    with pytest.raises(ValueError, match=r".") as raised:
        Peppers.parse(text)
    assert str(raised.value) == fault
    assert raised.value.__suppress_context__ or raised.value.__context__ is None


@pytest.mark.parametrize("version", [0, -1, 1_000_000_000])
def test_versions_are_positive_and_fit_the_database(version):
    with pytest.raises(ValueError, match="whole number from 1 to 999999999"):
        Peppers({version: OLD})


def test_one_pepper_at_least():
    with pytest.raises(ValueError, match="At least one pepper is needed"):
        Peppers({})
