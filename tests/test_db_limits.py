"""Texts that clients may state, with their limits."""

import pytest
from pydantic import BaseModel, ValidationError

from db.limits import Email, Label, Memo, Name, Search, metadata, storable


class Stated(BaseModel):
    name: Name = "x"
    label: Label = "x"
    memo: Memo = ""
    search: Search = "x"
    email: Email = "a@b"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " x "),
        ("name", "n" * 200),
        ("label", "l" * 64),
        ("memo", " kept \n"),
        ("memo", "m" * 2000),
        ("search", "s" * 200),
        ("email", "a@b"),
        ("email", "a" * 252 + "@b"),
    ],
)
def test_what_fits(field, value):
    kept = getattr(Stated(**{field: value}), field)

    assert kept == (value if field == "memo" else value.strip())


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", " \t"),
        ("name", "n" * 201),
        ("name", "a\0b"),
        ("name", "\ud800"),
        ("label", ""),
        ("label", "l" * 65),
        ("label", "\0"),
        ("memo", "m" * 2001),
        ("memo", "\0"),
        ("search", ""),
        ("search", "s" * 201),
        ("search", "a\0"),
        ("email", "nobody"),
        ("email", "a@b c"),
        ("email", "a@b@c"),
        ("email", "a" * 253 + "@b"),
        ("email", "a\0@b"),
    ],
)
def test_what_does_not_fit(field, value):
    with pytest.raises(ValidationError) as refused:
        Stated(**{field: value})

    assert [error["loc"] for error in refused.value.errors()] == [(field,)]


def test_only_nul_is_not_storable():
    assert storable("ä\n\x01") == "ä\n\x01"
    with pytest.raises(ValueError, match="NUL"):
        storable("\0")


def test_metadata_that_fits():
    full = {f"{place:040}": "v" * 500 for place in range(50)}

    assert metadata(full) == full
    assert metadata({}) == {}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("text", "must be an object"),
        (None, "must be an object"),
        ([], "must be an object"),
        ({str(place): "" for place in range(51)}, "has 51 entries, at most 50"),
        ({"": "x"}, "keys have 1 to 40"),
        ({"k" * 41: "x"}, "keys have 1 to 40"),
        ({7: "x"}, "keys have 1 to 40"),
        ({"a": 1}, "'a' must be a text"),
        ({"a": None}, "'a' must be a text"),
        ({"a": {"b": "c"}}, "'a' must be a text"),
        ({"a": "v" * 501}, "at most 500"),
        ({"a": 1, "": "x", "b": "y"}, "^'a' must be .* characters, keys have .*, '' hasn't$"),
        ({"a\0": "x"}, "NUL"),
        ({"a": "\0"}, "NUL"),
    ],
)
def test_metadata_that_does_not_fit(value, reason):
    with pytest.raises(ValueError, match=reason):
        metadata(value)
