"""How many connections one request may hold at the same time."""

import asyncio
from collections import deque
from types import TracebackType
from typing import Final
from uuid import UUID

from db.idle import Idle
from db.reading import Reading
from db.statement import Connection

SHARE: Final = 3


class Share:
    """A semaphore whose common case, that there is room, waits for nothing."""

    __slots__ = ("_free", "_waiting")

    def __init__(self, size: int = SHARE) -> None:
        self._free = size
        self._waiting: deque[asyncio.Future[None]] | None = None

    def take_now(self) -> bool:
        """Whether there is room, which is taken then. Where somebody waits there is none."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def take(self) -> None:
        """Take room once there is some; who waits first is first."""
        if self.take_now():
            return
        turn = asyncio.get_running_loop().create_future()
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # It was given room just before it was ended.
                self.give_back()
            raise

    def give_back(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1


class Sharing(Reading):
    """A connection that counts against the share of its request."""

    __slots__ = ("_share",)

    def __init__(self, share: Share, idle: Idle, owner: UUID) -> None:
        self._share, self._idle, self._owner = share, idle, owner

    async def __aenter__(self) -> Connection:
        if not self._share.take_now():
            await self._share.take()
        try:
            connection = self._idle.take_now()
            if connection is None:
                return await super().__aenter__()
        except BaseException:
            self._share.give_back()
            raise
        self._connection = connection
        return connection

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if error is not None or not self._idle.give_back_now(self._connection):
                await super().__aexit__(kind, error, trace)
        finally:
            self._share.give_back()
