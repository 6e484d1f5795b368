"""Connections of a pool that were in use a moment ago, kept at hand."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any, Final

import asyncpg

from db.deadlines import Deadlines
from db.prepared import own_of
from db.statement import Connection
from db.waiting import Owner, Waiting

# What a lost, stopping, full or frozen server shows itself by.
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.ReadOnlySQLTransactionError,
)
# What nobody took for so long goes back to the pool, which closes it in time.
KEPT_SECONDS: Final = 60
# The pool gets to see a connection once in so many uses, to end one that has served for long.
USES: Final = 1_000


class Idle:
    """The connections of a pool, all taken from it here.

    To take a connection from the pool and to give it back is a quarter of a small statement's cost.
    """

    def __init__(
        self,
        pool: Any,
        most: int,
        acquire_seconds: float,
        *,
        is_heard: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool, self._most, self._seconds = pool, most, acquire_seconds
        self._is_heard, self._clock = is_heard, clock
        self._kept: deque[tuple[Connection, float]] = deque()
        # Where it is set to None, there is room for a connection from the pool.
        self._waiting, self._deadlines = Waiting[Connection | None](), Deadlines()
        self._out, self._uses, self._is_closing = 0, 0, False

    def take_now(self) -> Connection | None:
        """The connection that was used last; None where there is none at hand."""
        if not self._kept or not is_open(self._kept[-1][0]):
            return None
        return self._kept.pop()[0]

    def give_back_now(self, connection: Connection) -> bool:
        """Keep a connection where nothing else is to be done with it, or by anybody."""
        uses = self._uses + 1
        if self._is_heard or self._is_closing or not uses % USES:
            return False
        if not self._waiting.rows or not self._hand_over(connection):
            now = self._clock()
            if self._kept and now - self._kept[0][1] > KEPT_SECONDS:
                return False
            self._kept.append((connection, now))
        self._uses = uses
        return True

    def may_be_held(self, owner: Owner) -> bool:
        """Whether the owner's next statement may have the connection of the one before."""
        return not self._is_closing and not self._waiting.is_for_others(owner)

    async def take(self, owner: Owner = None) -> Connection:
        """A connection, for the owner's sake; TimeoutError where none is free in time."""
        until: float | None = None
        while True:
            if self._kept:
                connection: Connection | None = self._kept.pop()[0]
            elif self._out < self._most:
                return await self._new()
            else:
                # To ask for the loop is a call of the system each time, in Python 3.11.
                loop = asyncio.get_running_loop()
                until = until or loop.time() + self._seconds
                connection = await self._handed_over(loop.create_future(), until, owner)
            if connection is not None:
                if is_open(connection):
                    return connection
                await self.end(connection)

    async def give_back(self, connection: Connection) -> None:
        """Take back a connection on which nothing is under way, also from a task that is ended."""
        try:
            if self._is_heard:
                # asyncpg tells of a statement a moment later: whoever listens hears of it in time.
                await asyncio.sleep(0)
        finally:
            await self._keep(connection)

    async def end(self, connection: Connection) -> None:
        """Leave a connection to the pool, whatever has become of it."""
        try:
            await self._pool.release(connection)
        finally:
            self._out -= 1
            self._hand_over(None)

    async def close(self) -> None:
        """Wait for all connections and close them; who waits for one gets none any more."""
        self._is_closing = True
        while self._kept:
            await self.end(self._kept.popleft()[0])
        await self._pool.close()

    async def _keep(self, connection: Connection) -> None:
        self._uses += 1
        if self._is_closing or not self._uses % USES:
            await self.end(connection)
        elif not self._hand_over(connection):
            now = self._clock()
            self._kept.append((connection, now))
            if now - self._kept[0][1] > KEPT_SECONDS:
                await self.end(self._kept.popleft()[0])

    async def _new(self) -> Connection:
        self._out += 1
        # The pool has time limits, which are a task's; who asks may have none (execution/begun.py).
        making = asyncio.get_running_loop().create_task(self._acquired())
        try:
            return await making
        except BaseException:
            if making.done() and not making.cancelled() and not making.exception():
                # It was there, just before whoever waited for it was ended.
                await self.end(making.result())
            else:
                self._out -= 1
                self._hand_over(None)
            raise

    async def _acquired(self) -> Connection:
        return await self._pool.acquire(timeout=self._seconds)

    async def _handed_over(
        self, waiting: asyncio.Future[Connection | None], until: float, owner: Owner
    ) -> Connection | None:
        self._waiting.add(owner, waiting)
        self._deadlines.add(until, waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled() and not waiting.exception():
                await self._pass_on(waiting.result())
            raise

    async def _pass_on(self, connection: Connection | None) -> None:
        """What came for somebody who is gone is the next one's."""
        if connection is None:
            self._hand_over(None)
        else:
            await self.give_back(connection)

    def _hand_over(self, connection: Connection | None) -> bool:
        """Whether somebody waits, who has it now."""
        while self._waiting.rows:
            waiting = self._waiting.next()
            if not waiting.done():
                waiting.set_result(connection)
                return True
        return False


def is_open(connection: Connection) -> bool:
    own = own_of(connection)
    if own is not None:
        return own.is_open()
    try:
        return not connection.is_closed()
    except asyncpg.InterfaceError:
        # The pool has it back already.
        return False
