"""The form of tokens."""

import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.token import DIGITS, Token, mint, parse

GOOD = Token("Ab3dE5gH7jK9", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg")
TEXT = "th_Ab3dE5gH7jK9_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg1hJfZd"


def read_base62(text):
    number = 0
    for character in text:
        number = number * 62 + DIGITS.index(character)
    return number


def test_the_text_ends_with_the_checksum_of_all_before_it():
    assert GOOD.text == TEXT
    assert read_base62(TEXT[-6:]) == zlib.crc32(TEXT[:-6].encode())


def test_a_small_checksum_is_padded():
    token = Token("AAAAAAA00000", "0" * 43)
    assert zlib.crc32(token.text[:-6].encode()) < 62**5
    assert token.text[-6] == "0"
    assert parse(token.text) == token


def test_minted_tokens_have_the_form_and_are_read_back():
    token = mint()
    assert re.fullmatch(r"th_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}", token.text)
    assert parse(token.text) == token


def test_minted_tokens_differ():
    tokens = [mint() for _ in range(200)]
    assert len({token.id for token in tokens}) == 200
    assert len({token.secret for token in tokens}) == 200


def test_secrets_have_256_bits():
    values = [read_base62(mint().secret) for _ in range(200)]
    assert max(value.bit_length() for value in values) == 256


def test_a_rotation_keeps_the_id():
    token = mint(GOOD.id)
    assert token.id == GOOD.id
    assert token.secret != GOOD.secret


@pytest.mark.parametrize("id", ["", "Ab3dE5gH7jK", "Ab3dE5gH7jK90", "Ab3dE5gH7jK_", "Ab3dE5gH7jK٩"])
def test_an_id_of_another_form_is_refused(id):
    with pytest.raises(ValueError, match="12 characters of 0-9, A-Z and a-z"):
        mint(id)


def test_the_hint_is_public():
    assert GOOD.hint == "th_Ab3dE5gH7jK9…JfZd"


def test_the_secret_is_not_shown_by_repr():
    assert repr(GOOD) == "Token(id='Ab3dE5gH7jK9')"
    assert str(GOOD) == "Token(id='Ab3dE5gH7jK9')"


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT[:-1],
        TEXT + "0",
        TEXT + "\n",
        " " + TEXT,
        "TH" + TEXT[2:],
        TEXT.replace("th_", "th-"),
        TEXT.replace("Ab3", "Ab٣"),
        TEXT.replace("Ab3", "Ab\ud800"),
        TEXT.replace("Ab3", "Ab\0"),
        TEXT.replace("Ab3", "ab3"),
        TEXT[:15] + "0" + TEXT[16:],
        TEXT[:-6] + "000000",
        TEXT * 1000,
    ],
)
def test_another_form_or_checksum_is_no_token(text):
    assert parse(text) is None


@given(st.text(DIGITS, min_size=12, max_size=12), st.text(DIGITS, min_size=43, max_size=43))
def test_every_token_is_read_back(id, secret):
    assert parse(Token(id, secret).text) == Token(id, secret)


@given(st.integers(0, len(TEXT) - 1), st.characters())
def test_one_changed_character_is_no_token(place, character):
    changed = TEXT[:place] + character + TEXT[place + 1 :]
    assert parse(changed) == (GOOD if changed == TEXT else None)


@given(st.text())
def test_other_text_is_no_token(text):
    assert parse(text) is None
