"""New tokens: shown once, kept as a digest."""

import pytest

from access.issue import new_token
from access.pepper import Peppers
from access.token import parse
from db.token import NewToken

PEPPERS = Peppers({2: b"n" * 32, 1: b"o" * 32})


def test_what_is_kept_knows_the_token_again():
    token, kept = new_token(PEPPERS)
    assert parse(token.text) == token
    assert kept == NewToken(token.id, token.hint, *PEPPERS.digest(token.secret))
    assert kept.pepper_version == 2
    assert PEPPERS.matches(token.secret, kept.pepper_version, kept.digest)


def test_what_is_kept_does_not_hold_the_secret():
    token, kept = new_token(PEPPERS)
    assert token.secret not in repr(kept)
    assert token.secret.encode() not in kept.digest


def test_a_rotation_keeps_the_id_and_changes_the_secret():
    token, kept = new_token(PEPPERS)
    again, kept_again = new_token(PEPPERS, token.id)
    assert (again.id, kept_again.id) == (token.id, kept.id)
    assert again.secret != token.secret
    assert kept_again.digest != kept.digest


def test_each_key_gets_an_id_of_its_own():
    assert new_token(PEPPERS)[0].id != new_token(PEPPERS)[0].id


def test_an_id_that_no_token_can_have_is_refused():
    with pytest.raises(ValueError, match="A token's id is 12 characters"):
        new_token(PEPPERS, "key-1")
