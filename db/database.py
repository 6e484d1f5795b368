"""The pool of connections, and the two ways to use one."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import asyncpg
import orjson

from db.errors import Unavailable
from db.statement import Connection

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
SETTINGS = {
    "application_name": "tollhouse",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",
    "lock_timeout": "10s",
    # Each statement is planned once for a connection. Planned for its values it would be planned
    # each time, which takes longer than most of them run, and the plan would change with sizes.
    "plan_cache_mode": "force_generic_plan",
    "statement_timeout": "15s",
    "timezone": "UTC",
}
Logger = Callable[[Any], None]


def _dumped(value: Any) -> bytes:
    return b"\x01" + orjson.dumps(value)


def _loaded(data: bytes) -> Any:
    # The first byte is the version of jsonb's binary form.
    return orjson.loads(data[1:])


async def _prepared(connection: Any) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=_dumped,
        decoder=_loaded,
        format="binary",
    )


async def _kept(connection: Any) -> None:
    """Nothing sets state on a session here, so the pool's reset would be a lost round trip."""


async def connect(url: str, **options: Any) -> Any:
    """A connection outside the pool, for migrations and the like; the caller closes it."""
    try:
        return await asyncpg.connect(url, timeout=10, **options)
    except AWAY as error:
        raise Unavailable(f"The database can't be reached: {error}") from error


class Database:
    """What resolvers and the key check reach the database by."""

    def __init__(self, pool: Any, acquire_seconds: float) -> None:
        self._pool = pool
        self._acquire_seconds = acquire_seconds

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        size: int = 10,
        acquire_seconds: float = 5,
        logger: Logger | None = None,
    ) -> Self:
        """Connections are made when they are asked for, so the database may be away for now."""

        async def prepared(connection: Any) -> None:
            await _prepared(connection)
            if logger:
                connection.add_query_logger(logger)

        pool = await asyncpg.create_pool(
            url,
            min_size=0,
            max_size=size,
            timeout=acquire_seconds,
            init=prepared,
            reset=_kept,
            server_settings=SETTINGS,
            command_timeout=20,
        )
        return cls(pool, acquire_seconds)

    async def close(self) -> None:
        await self._pool.close()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection]:
        """A connection for single statements, each its own transaction.

        Unavailable where the database is away; what is wrong with a statement stays what it is.
        """
        stands = False
        try:
            async with self._pool.acquire(timeout=self._acquire_seconds) as connection:
                try:
                    yield connection
                except asyncpg.InterfaceError:
                    # asyncpg's one word for a lost connection and for calls that don't fit.
                    stands = not connection.is_closed()
                    raise
        except AWAY as error:
            if stands:
                raise
            raise Unavailable("The database is away for now; try again.") from error

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection]:
        """One unit of work: commits at the end, rolls back on any exception."""
        async with self.reading() as connection, connection.transaction():
            yield connection
