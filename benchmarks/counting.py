"""Counts the statements that a server sends to the database, from between the two."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

from benchmarks.client import answer
from benchmarks.peers_data import Prepared
from benchmarks.peers_running import running

# A statement runs by the message Execute, or as a Query in words.
RUNS = b"EQ"
HEAD = 5
Asking = tuple[bytes, int]
GONE = (ConnectionError, asyncio.IncompleteReadError)
# Connections are made, and statements prepared, by the first ones.
WARMING, COUNTED = 12, 10


class Relay:
    """Hands on what comes, both ways, and counts."""

    def __init__(self, database: Path) -> None:
        self.statements = 0
        self._database = database
        self._open: set[asyncio.Task[None]] = set()

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_unix_connection(self._database)
        ways = [self._counted(reader, to_writer), _handed_on(to_reader, writer)]
        both = [asyncio.create_task(way) for way in ways]
        self._open.update(both)
        # Either side may go at any time, as servers do that are ended.
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        to_writer.close()
        writer.close()

    async def ended(self) -> None:
        """Once all connections are gone; raises what else went wrong on one."""
        for error in await asyncio.gather(*self._open, return_exceptions=True):
            if error and not isinstance(error, GONE):
                raise error

    async def _counted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # The first message has a length and no kind.
        length = await reader.readexactly(4)
        writer.write(length + await reader.readexactly(int.from_bytes(length) - 4))
        while True:
            head = await reader.readexactly(HEAD)
            self.statements += head[0] in RUNS
            writer.write(head + await reader.readexactly(int.from_bytes(head[1:]) - 4))


async def _handed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


@asynccontextmanager
async def between(data: Prepared) -> AsyncGenerator[tuple[Prepared, Relay]]:
    """The same database by another socket, at which the statements are counted."""
    socket = f".s.PGSQL.{data.port}"
    relay = Relay(Path(data.host, socket))
    with tempfile.TemporaryDirectory() as folder:
        async with await asyncio.start_unix_server(relay.relay, Path(folder, socket)):
            yield data.by_way_of(folder), relay
            await relay.ended()


async def statements(data: Prepared, kind: str, asked: Mapping[str, Asking]) -> dict[str, float]:
    """How many each of these requests makes, by a server of its own."""
    async with between(data) as (counted, relay):
        held = ExitStack()
        server = await asyncio.to_thread(held.enter_context, running(kind, counted.told()))
        try:
            return {name: await _counted(server.port, one, relay) for name, one in asked.items()}
        finally:
            await asyncio.to_thread(held.close)


async def _counted(port: int, asked: Asking, relay: Relay) -> float:
    request, status = asked
    for _ in range(WARMING):
        await answer(port, request, status)
    before = relay.statements
    for _ in range(COUNTED):
        await answer(port, request, status)
    return (relay.statements - before) / COUNTED
