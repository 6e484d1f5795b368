"""What is kept of an endpoint's answer."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.answer import Sent, kept_text, retry_after

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def sent(status, error=None):
    return Sent(NOW, 1, status, None, error, None)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_2xx_succeeded(status):
    assert sent(status).succeeded
    assert not sent(status).gone


@pytest.mark.parametrize("status", [101, 301, 304, 404, 410, 429, 500, 999])
def test_nothing_else_did(status):
    assert not sent(status).succeeded
    assert sent(status).gone == (status == 410)


def test_an_error_did_not_succeed():
    assert not sent(None, "timed out after 15 s").succeeded
    assert not sent(None, "timed out after 15 s").gone


def test_text_is_kept_up_to_4_kib():
    assert kept_text(b"") == ""
    assert kept_text(b"a" * 4096) == "a" * 4096
    assert kept_text(b"a" * 4097) == "a" * 4096


def test_a_character_that_was_cut_is_left_out():
    assert kept_text(b"a" * 4095 + "é".encode()) == "a" * 4095
    assert kept_text(b"a" * 4094 + "é".encode()) == "a" * 4094 + "é"


def test_what_is_no_text_is_replaced():
    assert kept_text(b"a\xffb\0c\xc3") == "a\ufffdb\ufffdc\ufffd"


@given(st.binary(max_size=5000))
def test_any_bytes_can_be_stored(received):
    text = kept_text(received)

    assert len(text) <= 4096
    assert "\0" not in text
    assert text.encode().decode() == text


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("120", 120.0),
        ("Wed, 25 Nov 2026 12:01:00 GMT", 60.0),
        ("Wed, 25 Nov 2026 13:01:00 +0100", 60.0),
        ("Wed, 25 Nov 2026 12:01:00 -0000", 60.0),
        ("Wed, 25 Nov 2026 11:00:00 GMT", 0.0),
        ("9" * 9, 999_999_999.0),
        ("9" * 8000, None),
        ("-1", None),
        ("1.5", None),
        ("inf", None),
        ("٣", None),
        ("", None),
        ("tomorrow", None),
        ("Wed, 99 Nov 2026 12:01:00 GMT", None),
        ("Wed, 25 Nov 99999999999999999999 12:01:00 GMT", None),
        ("Wed, 25 Nov 2026 12:01:00 +99999999999999999999", None),
    ],
)
def test_retry_after_is_read_in_both_forms(header, seconds):
    assert retry_after(header, NOW) == seconds


DATES = r"[A-Z][a-z]{2}, [0-9]{1,3} [A-Z][a-z]{2} [0-9]{1,12} [0-9:]{1,9} [+-]?[0-9A-Z]{1,30}"


@given(st.text(max_size=80) | st.from_regex(DATES, fullmatch=True))
def test_any_header_is_read_without_an_error(header):
    seconds = retry_after(header, NOW)

    assert seconds is None or seconds >= 0
