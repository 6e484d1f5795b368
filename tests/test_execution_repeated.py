"""The header Idempotency-Key, and what makes two requests the same."""

import pytest

from db.errors import InvalidInput
from execution.repeated import attempt_of, fingerprint, key_in
from execution.request import Asked

KEYS = {
    "a": "a",
    "7f0c6c55-2f0b-4f3a-9f1e-5a3c0d1f0b11": "7f0c6c55-2f0b-4f3a-9f1e-5a3c0d1f0b11",
    '"a"': "a",
    '"a b"': "a b",
    "a b": "a b",
    r'"say \"a\" \\ b"': 'say "a" \\ b',
    'a"b': 'a"b',
    "x" * 255: "x" * 255,
    f'"{"x" * 255}"': "x" * 255,
    "~!": "~!",
}
MALFORMED = ["", '""', '"', '"a', '"a"b', '"a" ', r'"\a"', '" a"', "x" * 256, "é", "a\tb", "a\x7f"]
ASKED = Asked("mutation { a }", {"a": 1, "b": {"c": [1, 2], "d": None}}, None, ("key",))
DIFFERENT = [
    ASKED._replace(query="mutation { a } "),
    ASKED._replace(operation_name="A"),
    ASKED._replace(operation_name=""),
    ASKED._replace(variables={}),
    ASKED._replace(variables={"a": 1, "b": {"c": [2, 1], "d": None}}),
    ASKED._replace(variables={"a": "1", "b": {"c": [1, 2], "d": None}}),
    ASKED._replace(variables={"a": 1, "b": {"c": [1, 2]}}),
]


@pytest.mark.parametrize("header", KEYS)
def test_a_key_is_the_same_bare_and_in_quotes(header):
    assert key_in(header) == KEYS[header]


@pytest.mark.parametrize("header", MALFORMED)
def test_a_malformed_key_is_refused(header):
    with pytest.raises(InvalidInput) as refusal:
        key_in(header)

    assert str(refusal.value) == (
        "Idempotency-Key: must be 1 to 255 printable ASCII characters, such as a UUID;"
        " quotes around it must be closed"
    )


def test_without_the_header_there_is_nothing_to_keep():
    assert attempt_of(ASKED._replace(keys=())) is None


def test_two_keys_are_refused():
    with pytest.raises(InvalidInput, match="Idempotency-Key: must be given once"):
        attempt_of(ASKED._replace(keys=("a", "a")))


def test_space_around_a_key_is_not_part_of_it():
    assert attempt_of(ASKED._replace(keys=(" key\t",))) == attempt_of(ASKED)


@pytest.mark.parametrize("other", DIFFERENT)
def test_another_request_has_another_fingerprint(other):
    assert fingerprint(other) != fingerprint(ASKED)


def test_the_order_of_members_and_the_key_itself_make_no_other_request():
    turned = ASKED._replace(variables={"b": {"d": None, "c": [1, 2]}, "a": 1}, keys=("b",))

    assert fingerprint(turned) == fingerprint(ASKED)
