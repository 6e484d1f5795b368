"""Connections that run a statement which they have prepared without what asyncpg puts around it.

That takes 21 us of CPU for an empty statement, where it took 28: half of it is the timer that
asyncpg makes for each, where one for a connection is enough.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager
from time import monotonic
from typing import Any, ClassVar, Final

import asyncpg
from asyncpg.exceptions import InvalidCachedStatementError, OutdatedSchemaCacheError
from asyncpg.protocol.protocol import NO_TIMEOUT

# A statement ends on the server before that, so this is for a server that is frozen.
FROZEN_SECONDS: Final = 20
# Rows and nothing beside them.
PLAIN: Final = False


class Prepared(asyncpg.Connection):  # pyright: ignore[reportMissingTypeArgument]  # as asyncpg itself makes it
    """A connection for statements of which most have run before."""

    SECONDS: ClassVar[float] = FROZEN_SECONDS
    # What asyncpg's stubs leave out.
    _execute: Callable[..., Awaitable[Any]]
    _check_open: Callable[[], None]
    _drop_global_statement_cache: Callable[[], None]
    _query_loggers: set[Any]
    _time_and_log: Callable[..., AbstractContextManager[None]]
    _protocol: Any
    _stmt_exclusive_section: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._since: float | None = None
        self._is_watched = False

    def is_open(self) -> bool:
        """What `is_closed` says of others, whose method calls this protocol's as well."""
        protocol = self._protocol
        return protocol is not None and protocol.is_connected()

    async def rows(self, sql: str, values: Sequence[Any], record: type[Any], most: int = 0) -> Any:
        """What `fetch` gives, or at most so many rows, where that isn't 0."""
        protocol, section = self._protocol, self._stmt_exclusive_section
        # What `is_closed` and the section say, without a call for each.
        if protocol is None or section._acquired or not protocol.is_connected():  # noqa: SLF001
            return await self._all(sql, values, record, most)
        if self._query_loggers:
            return await self._told(sql, values, record, most)
        # asyncpg keeps them for a while, and not all; behind some poolers it keeps none.
        prepared = self._stmt_cache.get((sql, record, False))
        if prepared is None:
            return await self._all(sql, values, record, most)
        try:
            try:
                section._acquired, self._since = 1, monotonic()  # noqa: SLF001
                if not self._is_watched:
                    self._watch(self.SECONDS)
                return await protocol.bind_execute(prepared, values, "", most, PLAIN, NO_TIMEOUT)
            finally:
                section._acquired, self._since = 0, None  # noqa: SLF001
        except OutdatedSchemaCacheError:
            await self.reload_schema_state()
            raise
        except InvalidCachedStatementError:
            self._drop_global_statement_cache()
            if self.is_in_transaction():
                raise
        return await self._all(sql, values, record, most)

    async def _told(self, sql: str, values: Sequence[Any], record: type[Any], most: int) -> Any:
        """The same, of which the loggers are told here, and so not by asyncpg's own way."""
        with self._time_and_log(sql, values, None):
            loggers, self._query_loggers = self._query_loggers, set[Any]()
            try:
                return await self.rows(sql, values, record, most)
            finally:
                self._query_loggers = loggers

    def _all(self, sql: str, values: Sequence[Any], record: type[Any], most: int) -> Awaitable[Any]:
        """By asyncpg's own way, which fetch() and fetchrow() go."""
        self._check_open()
        return self._execute(sql, values, most, None, record_class=record)

    def _watch(self, seconds: float) -> None:
        self._is_watched = True
        asyncio.get_running_loop().call_later(seconds, self._look)

    def _look(self) -> None:
        """End the connection where it has waited for too long; the next statement watches anew."""
        self._is_watched = False
        if self._since is None:
            return
        left = self._since + self.SECONDS - monotonic()
        if left > 0:
            self._watch(left)
        else:
            self.terminate()


def own_of(connection: Any) -> Prepared | None:
    """The connection behind a proxy of the pool, which puts a function around each method."""
    own = getattr(connection, "_con", None)
    # asyncpg has a class's instances looked for by a function, which takes ten times as long.
    return own if issubclass(type(own), Prepared) else None
