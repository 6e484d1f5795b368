"""One socket: the protocol graphql-transport-ws, from its first message to its last.

Source: the GraphQL over WebSocket protocol of the project graphql-ws.
"""

import asyncio
import time
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

import structlog
from aiohttp import web

from access.errors import RateLimited
from access.networks import Address
from execution.failures import refusal
from execution.request import Sent, bearer
from execution.serving import Serving
from execution.socket_caller import SocketCaller
from execution.socket_close import Close, Ending
from execution.socket_message import Complete, Init, Ping, Subscribe, read, written
from execution.socket_operation import Operation
from execution.socket_wire import Wire
from execution.toll import asks_for_cost
from schema.context import Context

log = structlog.get_logger()
MOST_OPERATIONS: Final = 50
INIT_SECONDS: Final = 10
# A caller that can't be looked up by then isn't let in any more.
LOOK_SECONDS: Final = 0.6


class Room(Protocol):
    """Where all sockets are."""

    def seat(self, socket: "Socket", api_key_id: UUID) -> None:
        """Take in a socket whose caller is known; Ending where there are too many."""
        ...


class Socket:
    def __init__(self, serving: Serving, room: Room, address: Address | None) -> None:
        self._serving, self._room, self._address = serving, room, address
        self._wire = Wire()
        # Whether the client asked for `extensions.cost`.
        self.shows_cost = False
        self._ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._caller: SocketCaller | None = None
        self._looking: asyncio.Task[None] | None = None
        self._looking_since = 0.0
        self._operations: dict[str, Operation] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, request: web.BaseRequest) -> web.WebSocketResponse:
        """Serve the socket until either side ends it."""
        listening = self._heeded(asyncio.create_task(self._listen(request)))
        try:
            ending = await self._ended
        finally:
            listening.cancel()
            self._stop()
        await self._wire.close(ending)
        if self._running:
            await asyncio.wait(tuple(self._running))
        return self._wire.response

    def end(self, code: Close, reason: str) -> None:
        """End the socket soon, unless something else has ended it already."""
        if not self._ended.done():
            self._ended.set_result(Ending(code, reason))

    def look(self, now: datetime) -> None:
        """Look whether the caller is still let in; to be called again and again."""
        if self._looking is None or self._looking.done():
            if self._caller and not self._ended.done() and self._caller.is_due(now):
                self._looking_since = time.monotonic()
                self._looking = self._heeded(asyncio.create_task(self._look(self._caller)))
        elif time.monotonic() - self._looking_since > LOOK_SECONDS:
            self.end(Close.TRY_AGAIN_LATER, "The API key can't be checked for now; try again.")

    async def context(self, request_id: str) -> Context:
        """The caller as it is now, for an operation or one event of it; Ending where it isn't."""
        assert self._caller, "operations run once the caller is known"
        now, caller = await self._caller.now()
        self._serving.usage.note(caller, now)
        return Context(caller, now, request_id, self._serving.house)

    async def send(self, text: str) -> None:
        await self._wire.send(text)

    def forget(self, operation: Operation) -> None:
        self._operations.pop(operation.id, None)

    async def _listen(self, request: web.BaseRequest) -> None:
        await self._wire.open(request)
        self.shows_cost = asks_for_cost(request.headers)
        loop = asyncio.get_running_loop()
        reason = "Connection initialisation timeout"
        late = loop.call_later(INIT_SECONDS, self.end, Close.INIT_TIMEOUT, reason)
        try:
            async for text in self._wire.messages():
                match read(text):
                    case Init(tokens, asks_cost):
                        self.shows_cost |= asks_cost
                        await self._init(tokens, bearer(request), late)
                    case Ping(payload):
                        await self.send(written("pong", payload=payload))
                    case Subscribe(id, sent):
                        await self._subscribe(id, sent)
                    case Complete(id):
                        self._complete(id)
                    case _:
                        pass  # A pong needs no answer.
        finally:
            late.cancel()
        raise Ending(Close.DONE, "")

    async def _init(self, tokens: frozenset[str], header: str, late: asyncio.TimerHandle) -> None:
        if self._caller:
            raise Ending(Close.SECOND_INIT, "Too many initialisation requests")
        given = tokens | frozenset([header] if header else [])
        # Several tokens are none, as in a request.
        token = next(iter(given)) if len(given) == 1 else ""
        self._caller = SocketCaller(self._serving, token, self._address)
        now, caller = await self._caller.now()
        self._room.seat(self, caller.key.id)
        late.cancel()
        self._serving.usage.note(caller, now)
        await self.send(written("connection_ack"))

    async def _subscribe(self, id: str, sent: Sent) -> None:
        if not self._caller:
            raise Ending(Close.UNAUTHORIZED, "Unauthorized")
        if id in self._operations:
            raise Ending(Close.DUPLICATE_ID, f"Subscriber for {id} already exists")
        operation = Operation(id, sent, self._serving.runner, self)
        if len(self._running) >= MOST_OPERATIONS:
            message = f"This socket runs {MOST_OPERATIONS} operations already: complete one first."
            await operation.fail([refusal(RateLimited(message, 1))])
            return
        self._operations[id] = operation
        task = self._heeded(operation.start())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        # It gets on as far as it can, so that what a client sends next finds it begun.
        await asyncio.sleep(0)

    def _complete(self, id: str) -> None:
        operation = self._operations.pop(id, None)
        if operation:
            operation.stop()

    async def _look(self, caller: SocketCaller) -> None:
        _, found = await caller.now()
        for operation in self._operations.values():
            operation.must_be_allowed(found)

    def _stop(self) -> None:
        if self._looking:
            self._looking.cancel()
        for operation in self._operations.values():
            operation.stop()

    def _heeded(self, task: asyncio.Task[None]) -> asyncio.Task[None]:
        """The task, whose failure ends the socket."""
        task.add_done_callback(self._heed)
        return task

    def _heed(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Ending):
            self.end(error.code, error.reason)
        elif error:
            log.error("unexpected failure", exc_info=error)
            self.end(Close.INTERNAL, "Something went wrong on our side.")
