"""Sending to servers that hang, lie, flood and break off."""

import asyncio
import gzip
from contextlib import suppress

import pytest

from tests.receiver import conversing, hang, receiving, saying
from tests.sending import HEADERS, closed, post, sender

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
KEPT_ALIVE = OK + b"Content-Length: 2\r\n\r\nok"


async def answer_to(answer, then=b"", pause_seconds=0.0, **options):
    """What is told of a server that says this; its connection is dropped in each case."""
    async with conversing(saying(answer, then, pause_seconds)) as port, sender(**options) as one:
        sent = await one.send(f"http://127.0.0.1:{port}/hooks", HEADERS, b"{}")
        await closed(one)
    return sent


@pytest.mark.parametrize(
    ("answer", "then"),
    [
        (b"", b""),
        (OK, b""),
        (OK + b"X-Slow: ", b"a"),
        (OK + b"Content-Length: 100\r\n\r\n", b"a"),
        (OK + b"\r\n", b"a"),
        (CHUNKED, b"1\r\na\r\n"),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    ],
)
async def test_who_drips_is_given_up(answer, then):
    sent = await answer_to(answer, then, 0.05, timeout_seconds=0.2)

    assert (sent.status, sent.body, sent.error) == (None, None, "timed out after 0.2 s")
    assert 200 <= sent.duration_ms < 1000


async def test_who_hangs_is_given_up():
    async with receiving() as receiver, sender(timeout_seconds=0.2) as one:
        receiver.reply = hang
        sent = await one.send(receiver.url, HEADERS, b"{}")
        await closed(one)

    assert sent.error == "timed out after 0.2 s"


async def test_who_takes_no_body_is_given_up_and_holds_nothing():
    async def take_nothing(*_):
        await asyncio.Event().wait()

    async with conversing(take_nothing) as port, sender(timeout_seconds=0.2) as one:
        sent = await one.send(f"http://127.0.0.1:{port}/", HEADERS, b"a" * (1 << 25))
        await closed(one)

    assert sent.error == "timed out after 0.2 s"


async def test_cancelling_passes_and_drops_the_connection():
    async with receiving() as receiver, sender() as one:
        receiver.reply = hang
        task = asyncio.create_task(one.send(receiver.url, HEADERS, b"{}"))
        while not receiver.received:
            await asyncio.sleep(0.001)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await closed(one)

    assert task.cancelled()


@pytest.mark.parametrize(
    ("answer", "then"),
    [
        (OK + b"Content-Length: 10000000000\r\n\r\n", b"a" * 100),
        (CHUNKED, b"64\r\n" + b"a" * 100 + b"\r\n"),
        (CHUNKED, b"1\r\na\r\n"),
        (OK + b"\r\n", b"a" * 100_000),
        (OK + b"Connection: close\r\nContent-Length: 4097\r\n\r\n" + b"a" * 4097, b""),
    ],
)
async def test_a_long_body_is_cut(answer, then):
    sent = await answer_to(answer, then)

    assert (sent.status, sent.body, sent.error) == (200, "a" * 4096, None)
    assert sent.succeeded


async def test_packed_bodies_stay_packed():
    packed = gzip.compress(b"\0" * (1 << 20))
    head = OK + b"Content-Encoding: gzip\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"

    sent = await answer_to(head % len(packed) + packed)

    assert sent.status == 200
    assert sent.body == packed.decode("utf-8", "replace").replace("\0", "\ufffd")


@pytest.mark.parametrize(
    ("answer", "then"),
    [
        (b"SSH-2.0-OpenSSH_10.0\r\n", b""),
        (b"\0" * 100, b""),
        (b"HTTP/1.1 two hundred\r\n\r\n", b""),
        (OK + b"no colon\r\n\r\n", b""),
        (OK + b"Content-Length: -1\r\n\r\n", b""),
        (OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", b""),
        (OK, b"X-Flood: a\r\n"),
        (OK + b"X-Long: ", b"a" * 1000),
        (b"HTTP/1.1 200 ", b"a" * 1000),
    ],
)
async def test_what_is_no_http_is_told(answer, then):
    assert (await answer_to(answer, then)).error == "answered with malformed HTTP"


@pytest.mark.parametrize(
    ("answer", "then", "error"),
    [
        (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000, "answered far too much"),
        (b"", b"\r\n" * 10_000, "answered far too much"),
        (CHUNKED + b"1;extension=", b"a" * 100_000, "its answer broke off"),
        (CHUNKED + b"1\r\na\r\n0\r\n", b"X-Flood: a\r\n" * 1000, "its answer broke off"),
    ],
)
async def test_a_flood_ends(answer, then, error):
    assert (await answer_to(answer, then, 0.02)).error == error


async def test_what_an_idle_connection_sends_ends_it():
    async def go_on(reader, writer):
        await reader.readuntil(b"{}")
        writer.write(KEPT_ALIVE)
        while True:
            writer.write(b"\r\n" * 10_000)
            await writer.drain()

    async with conversing(go_on) as port, sender() as one:
        sent = await one.send(f"http://127.0.0.1:{port}/", HEADERS, b"{}")
        await closed(one)

    assert (sent.status, sent.body) == (200, "ok")


async def test_switching_protocols_is_an_answer():
    switching = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"

    sent = await answer_to(switching + b"Connection: upgrade\r\n\r\n", b"frames")

    assert (sent.status, sent.succeeded) == (101, False)


async def breaking_off(answer):
    async def conversation(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with conversing(conversation) as port:
        return await post(port)


async def test_a_body_that_breaks_off_is_told():
    sent = await breaking_off(OK + b"Content-Length: 100\r\n\r\nshort")

    assert (sent.status, sent.error) == (None, "its answer broke off")


async def test_no_answer_at_all_is_told():
    assert (await breaking_off(b"")).error == "closed the connection without an answer"


async def test_a_body_may_end_with_the_connection():
    sent = await breaking_off(b"HTTP/1.0 201 Created\r\n\r\nmade")

    assert (sent.status, sent.body) == (201, "made")


class Closing:
    """A server that answers so many requests of each connection and ends it at the next."""

    def __init__(self, *answered):
        self._answered = list(answered)
        self.requests = 0

    async def talk(self, reader, writer):
        left = self._answered.pop(0)
        while True:
            await reader.readuntil(b"{}")
            self.requests += 1
            if not left:
                return
            left -= 1
            writer.write(KEPT_ALIVE)
            await writer.drain()


async def test_a_kept_connection_that_ends_is_replaced():
    server = Closing(1, 1)
    async with conversing(server.talk) as port, sender() as one:
        answers = [await one.send(f"http://127.0.0.1:{port}/", HEADERS, b"{}") for _ in range(2)]

    assert [answer.body for answer in answers] == ["ok", "ok"]
    assert server.requests == 3


async def test_it_is_replaced_by_a_new_one():
    server = Closing(1, 1, 1)
    async with conversing(server.talk) as port, sender() as one:
        url = f"http://127.0.0.1:{port}/"
        await asyncio.gather(*(one.send(url, HEADERS, b"{}") for _ in range(2)))
        sent = await one.send(url, HEADERS, b"{}")

    assert sent.body == "ok"
    assert server.requests == 4


async def test_it_is_replaced_once():
    server = Closing(1, 0)
    async with conversing(server.talk) as port, sender() as one:
        answers = [await one.send(f"http://127.0.0.1:{port}/", HEADERS, b"{}") for _ in range(2)]

    assert answers[0].body == "ok"
    assert answers[1].status is None
    assert server.requests == 3


async def test_an_answer_before_the_body_was_taken_ends_the_connection():
    async def answer_early(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await asyncio.Event().wait()

    async with conversing(answer_early) as port, sender() as one:
        sent = await one.send(f"http://127.0.0.1:{port}/", HEADERS, b"a" * (1 << 25))
        await closed(one)

    assert sent.status == 413
