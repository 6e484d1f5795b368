"""Connections end that ask for nothing, or for what is not read; others are left alone."""

import asyncio
import contextlib

import pytest

from execution import connections
from execution.connections import HEAD_SECONDS, IDLE_SECONDS, READ_SECONDS, Connections
from execution.watching import watched
from execution.whole import Whole
from tests.embedded_parts import ROOT

SMALL, LARGE = b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /30000000 HTTP/1.1\r\nHost: x\r\n\r\n"
LOOK_SECONDS = 0.01


async def answer(request):
    return Whole(200, b"x" * int(request.path[1:]), {"Content-Type": "text/plain"})


class Clock:
    """Goes when it is told to; then the server has looked at its connections."""

    now = 0.0

    def monotonic(self):
        return self.now

    async def advance(self, seconds):
        self.now += seconds
        await asyncio.sleep(10 * LOOK_SECONDS)


@pytest.fixture(autouse=True)
async def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(connections, "time", clock)
    monkeypatch.setattr(connections, "WATCH_SECONDS", LOOK_SECONDS)
    return clock


@pytest.fixture
async def server():
    server = Connections(answer)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    async with watched(server.watch()):
        server.port = listening.sockets[0].getsockname()[1]
        yield server
        listening.close()
        await server.shutdown(1)


@contextlib.asynccontextmanager
async def connected(server, said):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    writer.write(said)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(LOOK_SECONDS)


@pytest.mark.parametrize("said", [b"", b"\r\n", SMALL[:-2], SMALL[:9]])
async def test_who_asks_for_nothing_is_not_waited_for(server, clock, said):
    async with connected(server, said) as (reader, _):
        await until(lambda: len(server.connections) == 1)
        await clock.advance(HEAD_SECONDS - 1)
        assert len(server.connections) == 1
        await clock.advance(2)
        await until(lambda: not server.connections)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""


async def test_who_has_asked_may_ask_again_later(server, clock):
    async with connected(server, SMALL) as (reader, writer):
        for _ in range(2):
            await reader.readuntil(b"\r\n\r\nx")
            await clock.advance(2 * HEAD_SECONDS)
            writer.write(SMALL)
        await reader.readuntil(b"\r\n\r\nx")


async def test_what_nobody_reads_is_not_kept(server, clock):
    async with connected(server, LARGE) as (_, writer):
        writer.transport.pause_reading()
        await until(lambda: any(look.waiting_bytes for look in server._looks.values()))
        await clock.advance(READ_SECONDS - 1)
        assert len(server.connections) == 1
        await clock.advance(2)
        await until(lambda: not server.connections)


async def test_who_reads_slowly_is_waited_for(server, clock):
    async with connected(server, LARGE) as (reader, _):
        read = 0
        for _ in range(20):
            # More than what is on the way holds, so that the server sees that some has gone.
            read += len(await reader.readexactly(1_000_000))
            await clock.advance(READ_SECONDS / 4)
        async with asyncio.timeout(10):
            while read < 30_000_000:
                read += len(await reader.read(2**20))


def test_it_is_said_how_long_is_waited():
    page = " ".join((ROOT / "docs" / "http.md").read_text().split())

    assert f"no request has come whole within {HEAD_SECONDS} s" in page
    assert f"nothing is asked for {IDLE_SECONDS} s" in page
    assert f"nothing of an answer is read for {READ_SECONDS} s" in page
