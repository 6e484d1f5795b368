"""An endpoint in a process of its own that writes down what came, and hangs where it is told to."""

import asyncio
import multiprocessing
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

ANSWER = b"HTTP/1.1 204 No Content\r\n\r\n"
ID, LENGTH = b"webhook-id:", b"content-length:"
# A path that begins so is never answered.
HANGS = "/hang"


class Arrival(NamedTuple):
    message_id: str
    path: str
    at: float


class Recording(asyncio.Protocol):
    """Answers each request at once, and keeps what came and when."""

    def __init__(self, arrivals: list[Arrival]) -> None:
        self._arrivals, self._data = arrivals, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._data += data
        while (end := self._data.find(b"\r\n\r\n")) >= 0:
            head = self._data[: end + 2].lower()
            whole = end + 4 + int(_header(head, LENGTH) or b"0")
            if len(self._data) < whole:
                return
            self._data = self._data[whole:]
            path = head.split(b" ", 2)[1].decode()
            self._arrivals.append(Arrival(_header(head, ID).decode(), path, time.time()))
            if not path.startswith(HANGS):
                self._transport.write(ANSWER)


def _header(head: bytes, name: bytes) -> bytes:
    start = head.find(b"\r\n" + name)
    if start < 0:
        return b""
    start += 2 + len(name)
    return head[start : head.find(b"\r\n", start)].strip()


class Receiver:
    """What came is asked for with `take`; the times are those of the wall clock."""

    def __init__(self, port: int, pipe: Any) -> None:
        self.port, self._pipe = port, pipe

    def take(self) -> list[Arrival]:
        """All that came since the last time."""
        self._pipe.send("take")
        return self._pipe.recv()


@contextmanager
def recording() -> Generator[Receiver]:
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_receive, args=(theirs,), daemon=True
    )
    process.start()
    # The other end is the child's alone, so that its death shows.
    theirs.close()
    try:
        yield Receiver(ours.recv(), ours)
    finally:
        process.terminate()
        process.join()


def _receive(pipe: Any) -> None:
    arrivals: list[Arrival] = []

    def hand_over() -> None:
        pipe.recv()
        pipe.send(arrivals)
        arrivals.clear()

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Recording(arrivals), "127.0.0.1", 0)
        loop.add_reader(pipe.fileno(), hand_over)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    # Its parent may be gone first, by whatever way.
    with suppress(KeyboardInterrupt, EOFError, BrokenPipeError):
        asyncio.run(serve())
