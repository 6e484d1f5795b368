"""Answers of one turn of the loop go out together, and none is lost for it."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from execution.connections import Connections
from execution.outbox import MOST, Outbox
from execution.whole import JOINED_BYTES, Whole

ASKED = b"GET /%b HTTP/1.1\r\nHost: x\r\n\r\n"


class Transport:
    def __init__(self, sent, name):
        self._sent, self._name = sent, name

    def write(self, data):
        if data == b"bad":
            raise RuntimeError(self._name)
        self._sent.append((self._name, data))


@pytest.fixture
async def sent():
    return []


@pytest.fixture
async def outbox():
    return Outbox(asyncio.get_running_loop())


async def test_it_sends_in_order_once_the_turn_is_over(outbox, sent):
    one, other = Transport(sent, "one"), Transport(sent, "other")
    for transport, data in ((one, b"1"), (other, b"2"), (one, b"3")):
        outbox.put(transport, data)
    assert sent == []

    await asyncio.sleep(0)
    assert sent == [("one", b"1"), ("other", b"2"), ("one", b"3")]
    outbox.put(other, b"4")
    await asyncio.sleep(0)
    assert sent[3:] == [("other", b"4")]


async def test_what_was_sent_before_is_not_sent_again(outbox, sent):
    outbox.put(Transport(sent, "one"), b"1")
    outbox.send()
    outbox.put(Transport(sent, "other"), b"2")
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert sent == [("one", b"1"), ("other", b"2")]


async def test_of_very_many_the_first_do_not_wait_for_the_last(outbox, sent):
    for number in range(MOST + 1):
        outbox.put(Transport(sent, "one"), b"%d" % number)
    assert [data for _, data in sent] == [b"%d" % number for number in range(MOST)]

    await asyncio.sleep(0)
    assert sent[MOST:] == [("one", b"%d" % MOST)]


async def test_one_that_can_not_be_sent_keeps_nobody_else_waiting(outbox, sent):
    told = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    for data in (b"1", b"bad", b"2"):
        outbox.put(Transport(sent, "one"), data)
    await asyncio.sleep(0)

    assert sent == [("one", b"1"), ("one", b"2")]
    assert [str(context["exception"]) for context in told] == ["one"]


@asynccontextmanager
async def serving(answer):
    server = Connections(answer)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        await server.shutdown(1)


@asynccontextmanager
async def connected(server):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


def whole(request):
    return Whole(200, request.path[1:].encode(), {})


async def hear(reader):
    async with asyncio.timeout(5):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].split()[0])
        return await reader.readexactly(length)


async def test_all_that_is_asked_at_once_is_answered_before_anything_is_sent():
    seen = []

    def answer(request):
        seen.append((request.path, len(server.outbox._held)))
        return whole(request)

    async with serving(answer) as server, connected(server) as one, connected(server) as other:
        # The server knows both before they ask at once.
        for reader, writer in (one, other):
            writer.write(ASKED % b"first")
            await hear(reader)
        seen.clear()
        one[1].write(ASKED % b"one")
        other[1].write(ASKED % b"other")
        assert [await hear(reader) for reader, _ in (one, other)] == [b"one", b"other"]
    assert sorted(held for _, held in seen) == [0, 1]


async def test_who_says_that_there_is_no_more_to_come_hears_the_answer():
    async with serving(whole) as server, connected(server) as (reader, writer):
        writer.write(ASKED % b"last")
        writer.write_eof()

        assert await hear(reader) == b"last"
        assert await reader.read() == b""


async def test_what_is_answered_goes_out_before_its_connection_is_closed():
    def answer(request):
        # It comes between the answer and the end of the turn.
        asyncio.get_running_loop().call_soon(request.protocol.force_close)
        return whole(request)

    async with serving(answer) as server, connected(server) as (reader, writer):
        writer.write(ASKED % b"last")

        assert await hear(reader) == b"last"
        assert await reader.read() == b""


@pytest.mark.parametrize("size", [1, JOINED_BYTES + 1])
async def test_what_goes_past_it_goes_behind_what_is_there(sent, outbox, size):
    transport = Transport(sent, "one")
    transport.is_closing = lambda: False
    outbox.put(transport, b"first")
    request = type(
        "Request",
        (),
        {"transport": transport, "keep_alive": size > 1, "version": (1, 1), "method": "GET"},
    )
    Whole(200, b"x" * size, {}).write(request, outbox=outbox)

    assert sent[0] == ("one", b"first")
    assert sent[-1][1].endswith(b"x" * size)
