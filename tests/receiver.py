"""An endpoint of a customer's: a real server on loopback that answers, fails and hangs to order."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ssl import SSLContext
from typing import Any

from aiohttp import web
from multidict import CIMultiDictProxy
from standardwebhooks import Webhook

from access.networks import Rules, parse_rule

LOOPBACK = Rules(frozenset({parse_rule("127.0.0.0/8"), parse_rule("::1")}))

Reply = Callable[[web.Request], Awaitable[web.StreamResponse]]
Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Received:
    path: str
    headers: CIMultiDictProxy[str]
    body: bytes
    peer_port: int

    def verify(self, secret: str | bytes) -> None:
        """What a customer's code does: the signature, and that the time is the present."""
        Webhook(secret).verify(self.body, dict(self.headers))

    def is_signed_by(self, secret: str | bytes) -> bool:
        """Whether the secret signed this at the time that it states, past or not."""
        moment = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
        expected = Webhook(secret).sign(self.headers["webhook-id"], moment, self.body.decode())
        return expected in self.headers["webhook-signature"].split(" ")


@dataclass
class Receiver:
    """Answers 204 unless told otherwise: by `script` once each, by `reply` from then on."""

    port: int = 0
    scheme: str = "http"
    received: list[Received] = field(default_factory=list)
    script: deque[Reply] = field(default_factory=deque)
    reply: Reply | None = None
    running: int = 0
    most_running: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hooks"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        peer = request.get_extra_info("peername")
        self.received.append(Received(request.path, request.headers, body, peer[1]))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        try:
            reply = self.script.popleft() if self.script else self.reply or status(204)
            return await reply(request)
        finally:
            self.running -= 1


@asynccontextmanager
async def receiving(
    tls: SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncGenerator[Receiver]:
    receiver = Receiver(scheme="https" if tls else "http")
    application = web.Application(client_max_size=1 << 26)
    application.router.add_route("*", "/{path:.*}", receiver.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, host, 0, ssl_context=tls).start()
    receiver.port = runner.addresses[0][1]
    try:
        yield receiver
    finally:
        await runner.cleanup()


def status(code: int, text: str = "", **headers: str) -> Reply:
    """Answer so; `retry_after="3"` becomes the header Retry-After."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    async def reply(_: web.Request) -> web.Response:
        return web.Response(status=code, text=text or None, headers=named)

    return reply


async def hang(_: web.Request) -> web.Response:
    """Never answer; the sender has to give up."""
    return await asyncio.get_running_loop().create_future()


async def reset(request: web.Request) -> web.Response:
    """Break the connection off, as a process does that dies."""
    assert request.transport is not None
    sock = request.transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    request.transport.abort()
    return web.Response()


@asynccontextmanager
async def conversing(
    conversation: Conversation, tls: SSLContext | None = None
) -> AsyncGenerator[int]:
    """A server on the port given that says whatever it likes, HTTP or not."""
    running: set[asyncio.Task[Any]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        # Only the end of the test cancels, and a server that ends is no fault.
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await conversation(reader, writer)
        writer.transport.abort()
        running.discard(task)

    server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def saying(answer: bytes, then: bytes = b"", pause_seconds: float = 0) -> Conversation:
    """Read a request's head, say the answer, then `then` over and over, and never end."""

    async def conversation(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        while then:
            await asyncio.sleep(pause_seconds)
            writer.write(then)
            await writer.drain()
        await asyncio.Event().wait()

    return conversation
