"""A connection for single statements, as a context; what is away is told as Unavailable."""

from types import TracebackType

import asyncpg

from db.errors import Unavailable
from db.idle import AWAY, Idle, is_open
from db.statement import Connection
from db.waiting import Owner


class Reading:
    """A connection for single statements, as a context."""

    __slots__ = ("_connection", "_idle", "_owner")

    def __init__(self, idle: Idle, owner: Owner = None) -> None:
        self._idle, self._owner = idle, owner

    async def __aenter__(self) -> Connection:
        try:
            self._connection = await self._idle.take(self._owner)
        except AWAY as error:
            raise away() from error
        return self._connection

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            if error is None:
                await self._idle.give_back(self._connection)
                return
            # asyncpg has one word for a lost connection and for calls that don't fit.
            stands = isinstance(error, asyncpg.InterfaceError) and is_open(self._connection)
            await self._idle.end(self._connection)
            if isinstance(error, AWAY) and not stands:
                raise error
        except AWAY as lost:
            raise away() from lost


def away() -> Unavailable:
    return Unavailable("The database is away for now; try again.")
