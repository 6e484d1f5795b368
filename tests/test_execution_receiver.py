"""Requests whose head is known again: what is asked is the same as if each had been parsed."""

import asyncio
import sys

import pytest
from aiohttp import web
from hypothesis import example, given
from hypothesis import strategies as st

from execution import receiver
from execution.again import Again
from execution.connections import Connections
from execution.request import SMALL_BYTES, body_there
from execution.whole import Whole

HOST = b"Host: x"
TOKEN = b"Authorization: Bearer a"


def asking(
    body=b"",
    *headers,
    method=b"POST",
    path=b"/a",
    version=b"1.1",
    length=None,
    name=b"Content-Length",
):
    if length is None:
        length = b"%d" % len(body)
    own = [name + b": " + length] if length else []
    lines = [method + b" " + path + b" HTTP/" + version, HOST, *headers, *own]
    return b"\r\n".join([*lines, b"", b""]) + body


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self):
        super().__init__()
        self.written, self.ends = b"", False

    def write(self, data):
        self.written += data

    def is_closing(self):
        return self.ends

    def close(self):
        self.ends = True


def knows(request):
    """Do what the view does for a token that is known."""
    if seen := getattr(request, "seen", None):
        seen.mark = b"known"


class Answers:
    """Tells what it was asked, and keeps by which way."""

    def __init__(self):
        self.asked, self.again = [], []

    def __call__(self, request):
        is_again = isinstance(request, Again)
        if not is_again and request.body_exists and not request.content.is_eof():
            return self.later(request)
        body = request.body if is_again else body_there(request)
        if is_again:
            assert body == body_there(request)
        return self.told(request, body)

    async def later(self, request):
        return self.told(request, await request.read())

    def told(self, request, body):
        headers = tuple(request.raw_headers)
        said = (request.method, request.raw_path, request.version, headers, body)
        self.asked.append((*said, request.keep_alive, request.remote))
        self.again.append(isinstance(request, Again))
        knows(request)
        return Whole(200, repr(said).encode(), {"X-Url": str(request.url)})


async def settled():
    for _ in range(12):
        await asyncio.sleep(0)


class Line:
    """One connection to a server of its own."""

    def __init__(self):
        self.answers, self.wire = Answers(), Wire()
        self.server = Connections(self.answers, auto_decompress=False)
        self.connection = self.server()

    async def __aenter__(self):
        self.connection.connection_made(self.wire)
        await settled()
        return self

    async def __aexit__(self, *_):
        self.connection.connection_lost(None)
        await self.server.shutdown(0.1)
        await settled()

    def hear(self, chunk):
        if not self.wire.ends:
            self.connection.data_received(chunk)

    async def say(self, *chunks):
        for chunk in chunks:
            self.hear(chunk)
            await settled()
        return self.answers.again


async def test_a_head_that_came_twice_is_known_again_with_any_body():
    async with Line() as line:
        bodies = [b"one", b"two", b"", b"three", b"x" * SMALL_BYTES, b"\r\n\r\n", asking(b"more")]
        assert await line.say(*(asking(body, TOKEN) for body in bodies)) == [False] * 2 + [True] * 5
        assert [asked[4] for asked in line.answers.asked] == bodies
        assert line.server.requests_count == len(bodies)


async def test_how_the_length_is_written_makes_no_difference():
    async with Line() as line:
        small = asking(b"one", name=b"content-length")
        assert await line.say(small, small, small, asking(b"one")) == [False, False, True, False]


@pytest.mark.parametrize(
    "other",
    [
        asking(b"one", b"Authorization: Bearer b"),
        asking(b"one", b"authorization: Bearer a"),
        asking(b"one", TOKEN, b"X: y"),
        asking(b"one"),
        asking(b"one", TOKEN, path=b"/b"),
        asking(b"one", TOKEN, method=b"PUT"),
        asking(b"one", TOKEN, version=b"1.0"),
        asking(b"one", TOKEN, name=b"content-length"),
        asking(b"one", TOKEN, name=b"Xontent-Length"),
        asking(b"one", TOKEN, length=b"+3"),
        asking(b"one", TOKEN, length=b" 3"),
        asking(b"one", TOKEN, length=b"3 "),
        asking(b"one", TOKEN, length=b"000003"),
        asking(b"one", TOKEN, length=b"4"),
        asking(b"one", TOKEN, length=b"2"),
        asking(b"one", TOKEN, length=b"3\r\nConnection: close"),
        asking(b"x" * (SMALL_BYTES + 1), TOKEN),
        asking(b"one", TOKEN) + b"\r\n",
        asking(b"one", TOKEN) * 2,
        asking(b"one", TOKEN)[:-1],
        asking(b"one", TOKEN)[:60],
        asking(b"one", TOKEN).partition(b"3")[0] + b"9" * 10_000,
        asking(b"one", TOKEN)[:20],
        b"\r\n" + asking(b"one", TOKEN),
        b"POST",
    ],
)
async def test_whatever_differs_is_parsed(other):
    async with Line() as line:
        await line.say(asking(b"one", TOKEN), asking(b"one", TOKEN), other)
        assert not any(line.answers.again)


async def test_a_head_of_which_a_part_is_left_to_the_parser_is_not_known_again():
    async with Line() as line:
        whole = asking(b"one", TOKEN)
        await line.say(whole, whole, whole, whole[:30], whole[30:], whole, whole, whole)
        assert line.answers.again == [False, False, True] + [False] * 4


async def test_pages_that_ask_for_more_than_one_thing_at_once_are_parsed_from_then_on():
    async with Line() as line:
        whole = asking(b"one", TOKEN)
        await line.say(whole, whole, whole * 3, whole, whole)
        assert line.answers.again == [False] * 7


async def test_what_comes_amid_the_answer_to_another_is_parsed_and_the_next_is_not():
    async with Line() as line:
        whole = asking(b"one", TOKEN)
        await line.say(whole, whole)
        line.hear(whole)
        line.hear(whole)
        await settled()
        assert await line.say(whole) == [False, False, True, False, True]


async def test_a_client_that_says_something_else_each_time_is_not_looked_at_for_ever(monkeypatch):
    made = []
    seen_in = receiver.seen_in
    monkeypatch.setattr(receiver, "seen_in", lambda *of: made.append(of) or seen_in(*of))
    async with Line() as line:
        whole = asking(b"one", TOKEN)
        await line.say(*(asking(b"one", b"X: %d" % n) for n in range(5)), *[whole] * 3)
        assert len(made) == 5
        assert line.answers.again == [False] * 6 + [True] * 2
        await line.say(*(asking(b"one", b"X: %d" % n) for n in range(20)), *[whole] * 3)
        assert len(made) == 5 + receiver.TRIES
        assert not any(line.answers.again[8:])


async def test_who_asks_for_the_end_is_not_known_again():
    async with Line() as line:
        last = asking(b"one", b"Connection: close")
        await line.say(asking(b"one", TOKEN), last)
        assert line.wire.ends


async def test_who_does_not_read_is_left_to_aiohttp():
    async with Line() as line:
        whole = asking(b"one", TOKEN)
        await line.say(whole, whole, whole)
        line.connection.pause_writing()
        await line.say(whole)
        line.connection.resume_writing()
        await settled()
        assert line.answers.again == [False, False, True, False]


async def test_of_strangers_nothing_is_known_again(monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "knows", id)
    async with Line() as line:
        assert not any(await line.say(*[asking(b"one", TOKEN)] * 5))


async def test_no_token_stays_in_memory():
    async with Line() as line:
        await line.say(*[asking(b"one", b"Authorization: Bearer token")] * 3)
        seen = line.connection._seen
        kept = [getattr(seen, name) for name in ("_place", "_digest", "mark")]
        assert line.answers.again[-1]
        assert b"token" not in repr(kept).encode()


HEADS = st.lists(
    st.sampled_from(
        [
            TOKEN,
            b"Authorization: Bearer b",
            b"X: y",
            b"Expect: 100-continue",
            b"Connection: keep-alive",
            b"Upgrade: websocket\r\nConnection: upgrade",
            b"Content-Length: 3",
            b"Transfer-Encoding: chunked",
            b" folded",
            b"bad",
        ]
    ),
    max_size=2,
).map(tuple)
REQUESTS = st.builds(
    lambda body, headers, others: asking(body, *headers, **others),
    st.sampled_from([b"", b"one", b"\r\n\r\n", b"3\r\none\r\n0\r\n\r\n", b"POST /a HTTP/1.1\r\n"]),
    st.one_of(st.just((TOKEN,)), HEADS),
    st.one_of(
        st.just({}),
        st.fixed_dictionaries(
            {},
            optional={
                "method": st.sampled_from([b"POST", b"GET", b"PUT", b"HEAD"]),
                "path": st.sampled_from([b"/a", b"/a?b=c", b"http://y/a", b"http://xn--/", b"*"]),
                "version": st.sampled_from([b"1.1", b"1.0", b"2.0"]),
                "length": st.sampled_from(
                    [b"", b"3", b"03", b"+3", b"0x3", b"4", b"99999", b"3\n"]
                ),
                "name": st.sampled_from([b"content-length", b"CONTENT-LENGTH", b"Content-Length "]),
            },
        ),
    ),
)
# What is said, and whether something else is done before the next.
SAID = st.lists(st.tuples(REQUESTS, st.integers(1, 3), st.booleans()), min_size=1, max_size=6)
CUTS = st.lists(st.integers(1, 400), max_size=3)


def many(*requests):
    return [(request, 4, True) for request in requests]


def behind(*requests):
    """What follows two requests of which the next would be known again."""
    return [(asking(b"one"), 2, True), *((request, 1, True) for request in requests)]


@given(SAID, CUTS)
@example(many(asking(b"one")), [])
@example(many(asking(b"one", method=b"PUT"), asking(method=b"GET", length=b"")), [])
@example(many(asking(b"one", b"Connection: keep-alive", version=b"1.0")), [])
@example(many(asking(b"one", b"Connection: keep-alive, Upgrade", b"Upgrade: websocket")), [])
@example(many(asking(b"3\r\none\r\n0\r\n\r\n", b"Transfer-Encoding: chunked", length=b"")), [])
@example(many(asking(b"one", b"Content-Length: 3")), [])
@example(many(asking(b"one", b"X: Content-Length: 3")), [])
@example(many(asking(b"one", name=b"content-length")), [])
@example(behind(asking(b"one") + b"POST /b HTTP/1.1\r\nX: ", asking(b"one")), [])
@example(behind(asking(b"one", length=b"100"), asking(b"one"), asking(b"two")), [])
@example(behind(asking(b"one") * 2, asking(b"one")), [])
async def test_as_if_each_had_been_parsed(said, cuts):
    answers = []
    for tries in (receiver.TRIES, 0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(receiver, "TRIES", tries)
            async with Line() as line:
                for request, times, waits in said:
                    for _ in range(times):
                        line.hear(request)
                        if waits:
                            await settled()
                await settled()
                cut = sorted(cuts)
                whole = b"".join(request for request, _, _ in said)
                for start, end in zip([0, *cut], [*cut, len(whole)], strict=True):
                    line.hear(whole[start:end])
                    await settled()
                answers.append((line.answers.asked, dateless(line.wire.written), line.wire.ends))
    assert answers[0] == answers[1]


def dateless(written):
    return [line for line in written.split(b"\r\n") if not line.startswith(b"Date: ")]


async def test_of_a_request_known_again_all_can_be_asked():
    async with Line() as line:
        whole = asking(b"one", TOKEN, path=b"/a?b=c")
        found = []

        def answer(request):
            found.append(request)
            knows(request)
            return Whole(200, b"", {})

        line.server._answer = answer
        await line.say(whole, whole, whole)
        parsed, _, again = found
        assert isinstance(parsed, web.BaseRequest)
        assert isinstance(again, Again)
        for name in (
            "headers",
            "query",
            "path",
            "url",
            "host",
            "content_type",
            "version",
            "method",
        ):
            assert getattr(again, name) == getattr(parsed, name), name
        assert again.transport is line.wire
        assert await again.read() == b"one"
        with pytest.raises(AttributeError, match="nothing_like_it"):
            _ = again.nothing_like_it
