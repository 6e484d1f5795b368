"""Answers that are written in one piece, as clients see them on the wire."""

import asyncio
from email.utils import parsedate_to_datetime

import pytest
from aiohttp import HttpVersion11, web
from aiohttp.test_utils import RawTestServer, TestServer, make_mocked_request

from execution import whole
from execution.whole import JOINED_BYTES, Common, Whole, date

HEADERS = {"Content-Type": "application/json", "X-Request-Id": "one"}
NEXT = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture
async def served():
    """A function that says bytes to a server of one answer, and gives back what it says."""
    application = web.Application()

    async def answer(request):
        return Whole(200, b"x" * int(request.query.get("bytes", "3")), HEADERS)

    application.router.add_route("*", "/", answer)
    server = TestServer(application)
    await server.start_server()

    async def said(request, *, ends=True):
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(request)
        async with asyncio.timeout(5):
            answer = await reader.read() if ends else await reader.readuntil(b"\r\n\r\nxxx")
        writer.close()
        return answer

    yield said
    await server.close()


async def test_head_and_body_are_as_any_client_reads_them(served):
    head, _, body = (await served(NEXT, ends=False)).partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)

    assert (first, body) == ("HTTP/1.1 200 OK", b"xxx")
    assert parsedate_to_datetime(headers.pop("Date"))
    assert headers == {**HEADERS, "Content-Length": "3"}


async def test_a_connection_stays_open_until_somebody_ends_it(served):
    last = NEXT.replace(b"Host", b"Connection: close\r\nHost")
    answers = await served(NEXT + NEXT + last)

    assert answers.count(b"HTTP/1.1 200 OK") == 3
    assert answers.count(b"\r\nConnection: close\r\n") == 1
    assert answers.index(b"Connection: close") > answers.rindex(b"HTTP/1.1")


@pytest.mark.parametrize(
    ("asked", "told"), [(b"", b"close"), (b"Connection: keep-alive\r\n", b"keep-alive")]
)
async def test_older_clients_are_told_whether_it_stays_open(served, asked, told):
    answer = await served(b"GET / HTTP/1.0\r\n" + asked + b"\r\n", ends=told == b"close")

    assert answer.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"\r\nConnection: " + told + b"\r\n" in answer


async def test_where_only_the_head_is_asked_for_no_more_comes(served):
    answer = await served(b"HEAD / HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n")

    assert answer.endswith(b"\r\n\r\n")
    assert b"\r\nContent-Length: 3\r\n" in answer


async def test_a_long_body_comes_whole(served):
    size = JOINED_BYTES + 1
    request = f"GET /?bytes={size} HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n"
    _, _, body = (await served(request.encode())).partition(b"\r\n\r\n")

    assert len(body) == size


async def test_a_header_can_not_become_two():
    response = Whole(200, b"", {"X-Request-Id": "one\r\nSet-Cookie: two"})

    with pytest.raises(ValueError, match="line break"):
        await response.prepare(request_on(Wire()))


@pytest.mark.parametrize("own", [{}, {"X": "z"}])
async def test_lines_that_are_written_already_stand_beside_other_headers(own):
    wire, lines = Wire(), "X-Request-Id: one\r\nRateLimit: two\r\n"
    await Whole(200, b"", own, Common({"Vary": "Accept"}), lines).prepare(request_on(wire))
    told = wire.written[0].decode().split("\r\n")

    assert {"Vary: Accept", "X-Request-Id: one", "RateLimit: two"} <= set(told)
    assert ("X: z" in told) == bool(own)
    assert len(told) == 8 + len(own)


async def test_what_is_common_to_answers_is_written_once_and_gives_way_to_their_own():
    common = Common({"Vary": "Accept", "Cache-Control": "no-store"})
    wire = Wire()
    for status, own in ((200, {}), (403, {"Vary": "Origin", "X": "y"}), (200, {"X": "z"})):
        await Whole(status, b"", own, common).prepare(request_on(wire))
    heads = [sorted(written.decode().split("\r\n")[:-2]) for written in wire.written]
    told = [[line for line in head if line[:4] not in {"Cont", "Date"}] for head in heads]

    assert told == [
        ["Cache-Control: no-store", "HTTP/1.1 200 OK", "Vary: Accept"],
        ["Cache-Control: no-store", "HTTP/1.1 403 Forbidden", "Vary: Origin", "X: y"],
        ["Cache-Control: no-store", "HTTP/1.1 200 OK", "Vary: Accept", "X: z"],
    ]


def test_no_header_that_answers_have_in_common_becomes_two():
    with pytest.raises(ValueError, match="line break"):
        Common({"Vary": "Accept\nSet-Cookie: two"}).start(HttpVersion11, 200, {})


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self, *, is_closing=False):
        super().__init__()
        self.written, self._is_closing = [], is_closing

    def write(self, data):
        self.written.append(data)

    def is_closing(self):
        return self._is_closing


def request_on(transport):
    return make_mocked_request("GET", "/", transport=transport)


async def test_it_is_written_once():
    wire, response = Wire(), Whole(200, b"body", {})
    assert not response.prepared
    for _ in range(2):
        await response.prepare(request_on(wire))
        await response.write_eof()

    assert (len(wire.written), response.prepared, response.body_length) == (1, True, 4)
    assert response.keep_alive


async def test_where_the_client_is_gone_nothing_is_written():
    wire = Wire(is_closing=True)
    with pytest.raises(ConnectionResetError):
        await Whole(200, b"", {}).prepare(request_on(wire))
    assert wire.written == []


def test_the_date_is_made_once_a_second(monkeypatch):
    now = 1_764_504_000.9
    monkeypatch.setattr(whole.time, "time", lambda: now)
    first = date()
    assert date() is first
    now += 1

    assert (first, date()) == ("Sun, 30 Nov 2025 12:00:00 GMT", "Sun, 30 Nov 2025 12:00:01 GMT")


async def test_who_does_not_read_is_answered_no_more_than_a_connection_holds():
    size, times = 100_000, 200
    buffered = []

    async def answer(request):
        buffered.append(request.transport.get_write_buffer_size())
        return Whole(200, b"x" * size, HEADERS)

    server = RawTestServer(answer)
    await server.start_server()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=2**16)
    writer.transport.pause_reading()
    writer.write(NEXT * times)
    await asyncio.sleep(0.5)
    stuck = len(buffered)
    writer.transport.resume_reading()
    async with asyncio.timeout(20):
        while len(buffered) < times:
            await reader.read(2**16)
    writer.transport.abort()
    await server.close()

    assert stuck < times
    assert max(buffered) < 2 * size
