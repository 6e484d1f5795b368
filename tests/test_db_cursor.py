"""Cursors: opaque, and good only for what they were made for."""

import base64
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from db import cursor
from db.errors import InvalidInput

ID = UUID(int=7)
MARK = cursor.fingerprint("owner", "product", "name", {})
TEXTS = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


def packed(*parts):
    return base64.urlsafe_b64encode(orjson.dumps(parts)).decode().rstrip("=")


@given(st.none() | TEXTS, st.uuids())
def test_what_is_encoded_is_decoded(value, id):
    text = cursor.encode(MARK, value, id)

    decoded = cursor.decode(text, MARK, "after", sorted_by_value=value is not None)
    assert decoded == (value, id)
    assert text.isascii()
    assert "=" not in text


@pytest.mark.parametrize(
    "text",
    ["", "x", "é", "====", "a" * 5000, "bnVsbA"],
)
def test_what_is_no_text_of_a_cursor_is_named(text):
    refused_as_none(text)


@pytest.mark.parametrize(
    "parts",
    [(), (1,), (MARK, None), (MARK, None, 3), (MARK, None, "no id"), (MARK, None, str(ID), 1)],
)
def test_what_has_not_the_parts_of_a_cursor_is_named(parts):
    refused_as_none(packed(*parts))


def refused_as_none(text):
    with pytest.raises(InvalidInput) as refused:
        cursor.decode(text, MARK, "before", sorted_by_value=False)

    [fault] = refused.value.faults
    assert fault == ("before", "is not a cursor; take one from a page of this list")


@pytest.mark.parametrize(
    ("mark", "value", "by_value"),
    [
        ("other", None, False),
        (MARK, "x", False),
        (MARK, None, True),
        (MARK, "a\0", True),
        (MARK, 5, True),
        (None, None, False),
    ],
)
def test_a_cursor_of_something_else_is_named(mark, value, by_value):
    with pytest.raises(InvalidInput) as refused:
        cursor.decode(packed(mark, value, str(ID)), MARK, "after", sorted_by_value=by_value)

    [fault] = refused.value.faults
    assert fault == ("after", "is a cursor of another list, filter or order")


def test_the_mark_tells_filters_apart_whatever_their_order():
    one = cursor.fingerprint("o", {"a": 1, "b": 2})

    assert one == cursor.fingerprint("o", {"b": 2, "a": 1})
    assert one != cursor.fingerprint("o", {"a": 1, "b": 3})
    assert one != cursor.fingerprint("p", {"a": 1, "b": 2})
