"""A client that asks one thing over and over on connections that stay open, and counts answers."""

import asyncio
import re
import time
from typing import Any

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
CONNECTIONS = 16


class Asking(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last one is there."""

    def __init__(self, request: bytes, status: int | None = 200) -> None:
        self.answers = 0
        self.body: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.lost = asyncio.get_running_loop().create_future()
        self._request, self._received = request, bytearray()
        self._start = f"HTTP/1.1 {status} ".encode() if status else b"HTTP/1.1 "
        self._transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        head = received.find(b"\r\n\r\n")
        if head < 0:
            return
        length = LENGTH.search(received, 0, head)
        assert length, "every answer here says how long it is"
        assert received.startswith(self._start), bytes(received)
        end = head + 4 + int(length[1])
        if len(received) >= end:
            if not self.answers:
                self.body.set_result(bytes(received[head + 4 : end]))
            received.clear()
            self.answers += 1
            self.answered()

    def answered(self) -> None:
        self._transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(exc)

    def close(self) -> None:
        self._transport.close()


class Once(Asking):
    """Asks only one thing."""

    def answered(self) -> None:
        """Nothing more goes out."""


def request_for(path: str, token: str, body: bytes) -> bytes:
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
        "Accept: application/graphql-response+json\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def connected(port: int, request: bytes, status: int = 200) -> Asking:
    loop = asyncio.get_running_loop()
    _, one = await loop.create_connection(lambda: Asking(request, status), "127.0.0.1", port)
    return one


async def answer(port: int, request: bytes, status: int | None = 200) -> bytes:
    """The body of the answer to one request, which must have this status or else any."""
    loop = asyncio.get_running_loop()
    _, one = await loop.create_connection(lambda: Once(request, status), "127.0.0.1", port)
    async with asyncio.timeout(10):
        body = await one.body
    await ended(one)
    return body


async def speed(port: int, request: bytes, seconds: float, status: int = 200) -> float:
    """How many answers come in a second."""
    began = time.perf_counter()
    asking = [await connected(port, request, status) for _ in range(CONNECTIONS)]
    await asyncio.sleep(seconds)
    answers, spent = sum(one.answers for one in asking), time.perf_counter() - began
    for one in asking:
        assert not one.lost.done(), "the server closed a connection"
        await ended(one)
    assert answers, f"no answer came in {seconds} s"
    return answers / spent


async def ended(one: Asking) -> None:
    one.close()
    await one.lost
