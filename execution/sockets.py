"""All sockets of this process: who gets in, who is still let in, and their end with the server."""

import asyncio
import logging
from collections import defaultdict
from contextlib import AbstractAsyncContextManager
from typing import Final
from uuid import UUID

from aiohttp import web

from access.networks import Rules
from db.errors import Refused, Unavailable
from execution.answer import refused
from execution.errors import ForeignOrigin, HttpRefused
from execution.negotiate import JSON
from execution.request import address_of
from execution.serving import Serving
from execution.socket import Socket
from execution.socket_close import Close, Ending
from execution.view import request_id_of
from execution.watching import watched
from execution.whole import Response

MOST: Final = 5_000
MOST_WAITING: Final = 500
MOST_OF_A_KEY: Final = 100
WATCH_SECONDS: Final = 0.1
# aiohttp would log the words of everybody who asks for another subprotocol.
logging.getLogger("aiohttp.websocket").setLevel(logging.ERROR)


class Sockets:
    """Those whose caller isn't known yet wait apart, so that strangers can't keep keys out."""

    def __init__(self, serving: Serving, trusted: Rules) -> None:
        self._serving, self._trusted = serving, trusted
        self._waiting: dict[Socket, None] = {}
        self._seated: dict[Socket, UUID] = {}
        self._of_key: defaultdict[UUID, int] = defaultdict(int)
        self._ending = False

    async def answer(self, request: web.BaseRequest) -> Response:
        """Serve a socket until it ends, or refuse it before it is one."""
        try:
            self._must_fit(request)
        except Refused as error:
            return refused(error, JSON, request_id_of(request))
        socket = Socket(self._serving, self, address_of(request, self._trusted))
        self._wait(socket)
        try:
            return await socket.run(request)
        finally:
            self._leave(socket)

    def seat(self, socket: Socket, api_key_id: UUID) -> None:
        """Take in a socket whose caller is known; Ending where there are too many."""
        if len(self._seated) >= MOST:
            raise Ending(Close.TRY_AGAIN_LATER, "The server has no room for more sockets.")
        if self._of_key[api_key_id] >= MOST_OF_A_KEY:
            reason = f"This API key has {MOST_OF_A_KEY} sockets open already: close one first."
            raise Ending(Close.TRY_AGAIN_LATER, reason)
        self._waiting.pop(socket, None)
        self._seated[socket] = api_key_id
        self._of_key[api_key_id] += 1

    def watching(self) -> AbstractAsyncContextManager[None]:
        """Look after the sockets inside the block."""
        return watched(self._watch())

    def close(self) -> None:
        """End all sockets, and let none in any more; the server waits for them to be gone."""
        self._ending = True
        for socket in (*self._waiting, *self._seated):
            socket.end(Close.GOING_AWAY, "The server is ending.")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._seated:
                now = self._serving.clock()
                for socket in self._seated:
                    socket.look(now)

    def _must_fit(self, request: web.BaseRequest) -> None:
        if self._ending:
            raise Unavailable("The server is ending.")
        if not web.WebSocketResponse().can_prepare(request):
            raise HttpRefused("This is no handshake of WebSocket, version 13.")
        # A page of another site must not act through its visitor's cookies.
        origin = request.headers.get("Origin")
        if "Cookie" in request.headers and origin is not None and not is_own(origin, request.host):
            raise ForeignOrigin("A page of another origin can't open a socket with cookies.")

    def _wait(self, socket: Socket) -> None:
        if len(self._waiting) >= MOST_WAITING:
            longest = next(iter(self._waiting))
            del self._waiting[longest]
            longest.end(Close.TRY_AGAIN_LATER, "Too many sockets wait for connection_init.")
        self._waiting[socket] = None

    def _leave(self, socket: Socket) -> None:
        self._waiting.pop(socket, None)
        api_key_id = self._seated.pop(socket, None)
        if api_key_id is None:
            return
        self._of_key[api_key_id] -= 1
        if not self._of_key[api_key_id]:
            del self._of_key[api_key_id]


def is_upgrade(request: web.BaseRequest) -> bool:
    upgrade = request.headers.get("Upgrade")
    return upgrade is not None and upgrade.strip().lower() == "websocket"


def is_own(origin: str, host: str) -> bool:
    """Whether a page's origin is the host that it calls."""
    return origin.partition("://")[2].lower() == host.lower()
