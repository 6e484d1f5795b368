"""Reading answers, in whatever pieces they come."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.faults import BROKEN_OFF, MALFORMED, Failure
from delivery.reader import LONGEST_HEAD, LONGEST_HEADER, Reader, Reply

OK = b"HTTP/1.1 200 OK\r\n"
SIZED = OK + b"Content-Length: 2\r\n\r\nok"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def read(*pieces, reader=None):
    reader = reader or Reader()
    for piece in pieces:
        reader.feed(memoryview(piece))
    return reader


def outcome(*pieces):
    """What becomes of an answer whose connection ends after these pieces."""
    reader = Reader()
    try:
        read(*pieces, reader=reader)
    except Failure as failure:
        return str(failure)
    return (reader.is_complete, reader.is_reusable, reader.end(), *reader.reply)


@pytest.mark.parametrize(
    ("answer", "status", "body"),
    [
        (SIZED, 200, b"ok"),
        (b"\r\n\r\n" + SIZED, 200, b"ok"),
        (CHUNKED + b"1\r\no\r\n1;a=b\r\nk\r\n0\r\nX-T: a\r\n\r\n", 200, b"ok"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
        (b"HTTP/1.1 204\r\n\r\n", 204, b""),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", 304, b""),
        (b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\nHTTP/1.1 100 C\r\n\r\n" + SIZED, 200, b"ok"),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, b"ok"),
        (OK + b"A: \x01\xff\r\nContent-Length: 2\r\n\r\nok", 200, b"ok"),
        (OK + b"Content-Length: 4096\r\n\r\n" + b"a" * 4096, 200, b"a" * 4096),
    ],
)
def test_a_complete_answer_lets_the_connection_go_on(answer, status, body):
    reader = read(answer)

    assert reader.reply == Reply(status, body, None)
    assert (reader.is_complete, reader.is_reusable) == (True, True)
    reader.begin()
    assert not reader.has_begun
    assert read(SIZED, reader=reader).reply == Reply(200, b"ok", None)


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        SIZED + b"HTTP/1.1 404 Not Found\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\nno",
        SIZED + b"HTTP/1.1 4",
        SIZED + b"garbage",
        OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nokgarbage",
    ],
)
def test_others_end_it_and_what_follows_an_answer_is_none(answer):
    assert outcome(answer) == (True, False, True, 200, b"ok", None)


def test_what_follows_is_not_measured_against_the_head_of_an_answer():
    flood = b"HTTP/1.1 404 Not Found\r\nX: " + b"a" * LONGEST_HEAD

    assert outcome(SIZED + flood) == (True, False, True, 200, b"ok", None)


@pytest.mark.parametrize("upgrade", [b"Upgrade: websocket\r\nConnection: upgrade\r\n", b""])
def test_switching_protocols_ends_it(upgrade):
    switching = b"HTTP/1.1 101 Switching Protocols\r\n" + upgrade + b"\r\n"

    assert outcome(switching) == (True, False, True, 101, b"", None)
    assert outcome(switching + b"frames") == (True, False, True, 101, b"", None)


@pytest.mark.parametrize(
    "framing", [b"Content-Length: 9999", b"Transfer-Encoding: chunked", b"A: b"]
)
def test_a_long_body_is_cut_and_ends_it(framing):
    body = b"2000\r\n" + b"a" * 8192 if b"chunked" in framing else b"a" * 9999
    expected = (True, False, True, 200, b"a" * 4097, None)

    assert outcome(OK + framing + b"\r\n\r\n" + body) == expected
    assert outcome(OK + framing + b"\r\n\r\n", body) == expected


@pytest.mark.parametrize(
    ("answer", "ends"),
    [
        (OK + b"\r\nok", True),
        (OK + b"Transfer-Encoding: gzip\r\n\r\nok", True),
        (OK + b"Content-Length: 3\r\n\r\nok", False),
        (CHUNKED + b"2\r\nok\r\n", False),
        (OK + b"X: a\r\n", False),
        (b"HTTP/1.1 100 Continue\r\n\r\n", False),
        (b"", False),
    ],
)
def test_only_an_open_ended_body_ends_with_the_connection(answer, ends):
    reader = read(answer)

    assert not reader.is_complete
    assert reader.end() is ends
    assert not reader.is_reusable


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        (b"Retry-After: 7", "7"),
        (b"RETRY-AFTER:7", "7"),
        (b"Retry-After: 7 \r\nRetry-After: 9", "7"),
        (b"Retry-After: \xff", "\xff"),
        (b"X-Retry-After: 7", None),
    ],
)
def test_retry_after_is_kept(headers, wait):
    assert read(OK + headers + b"\r\nContent-Length: 0\r\n\r\n").reply.retry_after == wait


def test_only_that_of_the_answer_itself_is():
    interim = b"HTTP/1.1 103 Early Hints\r\nRetry-After: 7\r\nContent-Length: 5\r\n\r\n"
    trailer = CHUNKED + b"0\r\nRetry-After: 7\r\n\r\n"

    assert outcome(interim + SIZED) == (True, True, True, 200, b"ok", None)
    assert outcome(trailer) == (True, True, True, 200, b"", None)


@pytest.mark.parametrize(
    "head",
    [
        b"X: a\r\n" * 129 + b"X",
        b"X: " + b"a" * LONGEST_HEADER + b"\r\nX",
        b"X: " + b"a" * LONGEST_HEAD,
    ],
)
def test_a_head_has_its_limits(head):
    assert outcome(OK + head) == MALFORMED
    assert outcome(OK, head) == MALFORMED


def test_a_head_may_reach_them():
    longest = b"X: " + b"a" * (LONGEST_HEADER - 1) + b"\r\n"

    assert outcome(OK + b"X: a\r\n" * 126 + longest + SIZED[len(OK) :])[3:] == (200, b"ok", None)


def test_so_have_trailers():
    assert outcome(CHUNKED + b"0\r\n" + b"X: a\r\n" * 130) == BROKEN_OFF


def test_two_lengths_are_not_believed():
    both = OK + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"

    assert outcome(both) == MALFORMED
    assert outcome(OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n") == MALFORMED
    assert outcome(CHUNKED + b"zz\r\n") == BROKEN_OFF


ANSWERS = (
    SIZED,
    CHUNKED + b"1\r\no\r\n1\r\nk\r\n0\r\nX-T: a\r\n\r\n",
    b"HTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n" + SIZED,
    OK + b"\r\nok",
    OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    CHUNKED + b"zz\r\n",
)


@given(st.sampled_from(ANSWERS), st.lists(st.integers(0, 80), max_size=6))
def test_pieces_make_no_difference(answer, cuts):
    places = sorted({0, len(answer), *(min(cut, len(answer)) for cut in cuts)})
    pieces = [answer[start:end] for start, end in pairwise(places)]

    assert outcome(*pieces) == outcome(answer)


@given(st.sampled_from([b"", OK, OK + b"\r\n", CHUNKED]), st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_a_failure(start, rest):
    result = outcome(start, rest)

    assert result in (MALFORMED, BROKEN_OFF) or len(result) == 6
