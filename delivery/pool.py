"""Opening connections to customers' servers, and keeping them for the next request."""

import asyncio
import ssl
from functools import partial
from typing import Final

from aiohappyeyeballs import start_connection  # pyright: ignore[reportUnknownVariableType]
from aiohttp.abc import AbstractResolver

from access.networks import parse_address
from delivery.connection import Connection, TimedOut
from delivery.faults import NOT_ALLOWED, NOT_FOUND, Failure
from delivery.guard import CountedSocket, Guard, is_allowed
from delivery.names import KnownNames
from delivery.target import Origin

# Node and others close a connection that was idle for five seconds. Ours goes before that, so
# that few requests meet a connection that is just being closed.
IDLE_SECONDS: Final = 4
# How often those that were idle for so long are looked for.
SWEEP_SECONDS: Final = 0.5
# Of the sockets that are open at once; one that is opened above it is not kept.
MOST_KEPT: Final = 256
# How long the next address of a name waits for the one before.
NEXT_ADDRESS_SECONDS: Final = 0.25


class Pool:
    """The connections of a process; the latest to become idle is the first to be used again."""

    def __init__(self, guard: Guard, tls: ssl.SSLContext, resolver: AbstractResolver) -> None:
        self._guard = guard
        self._tls = tls
        self.names = KnownNames(resolver)
        # Each with the time until when it is kept.
        self._idle: dict[Origin, dict[Connection, float]] = {}
        self._sweeping: asyncio.TimerHandle | None = None
        self._is_closed = False

    def take(self, origin: Origin) -> Connection | None:
        """One that was kept, if there is one."""
        idle = self._idle.get(origin)
        while idle:
            connection, until = idle.popitem()
            if not idle:
                del self._idle[origin]
            if connection.is_reusable and until > asyncio.get_running_loop().time():
                return connection
            connection.abort()
        return None

    def put(self, origin: Origin, connection: Connection) -> None:
        """Keep it for the next request, or drop it where it can take none."""
        if self._is_closed or not connection.keep or not connection.is_reusable:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        self._idle.setdefault(origin, {})[connection] = loop.time() + IDLE_SECONDS
        if self._sweeping is None:
            self._sweeping = loop.call_later(SWEEP_SECONDS, self._sweep)

    def _forget(self, origin: Origin, connection: Connection) -> None:
        idle = self._idle.get(origin, {})
        if idle.pop(connection, None) is not None and not idle:
            del self._idle[origin]

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        for idle in self._idle.values():
            for connection, until in idle.items():
                if until <= loop.time():
                    # It is forgotten once it has ended, and until then it can't be reused.
                    connection.abort()
        again = loop.call_later(SWEEP_SECONDS, self._sweep) if self._idle else None
        self._sweeping = again

    async def open(self, origin: Origin, deadline: float) -> Connection:
        """A new one; raises Failure or OSError."""
        limit = asyncio.timeout_at(deadline)
        try:
            async with limit:
                return await self._connect(origin)
        except TimeoutError as error:
            if limit.expired():
                raise TimedOut from error
            raise

    async def _connect(self, origin: Origin) -> Connection:
        allows = self._guard.rule(origin.scheme)
        infos = await self.names.addresses(origin.host, origin.port)
        allowed = [info for info in infos if is_allowed(allows, info[4][0])]
        if not allowed:
            raise Failure(NOT_FOUND if parse_address(origin.host) is None else NOT_ALLOWED)
        keep = self._guard.open_sockets < MOST_KEPT
        opened = await start_connection(
            allowed,
            happy_eyeballs_delay=NEXT_ADDRESS_SECONDS,
            interleave=1,
            socket_factory=partial(self._guard.socket, allows),
        )
        assert isinstance(opened, CountedSocket)
        is_secure = origin.scheme == "https"
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(opened, partial(self._forget, origin), keep=keep),
            sock=opened,
            ssl=self._tls if is_secure else None,
            server_hostname=origin.host if is_secure else None,
        )
        return connection

    async def close(self) -> None:
        self._is_closed = True
        if self._sweeping is not None:
            self._sweeping.cancel()
        for idle in self._idle.values():
            for connection in idle:
                connection.abort()
        await self.names.close()
        # Transports end in the loop's next turn.
        await asyncio.sleep(0)
