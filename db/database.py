"""The pool of connections, and the two ways to use one."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Self, cast

import asyncpg
import orjson

from db.errors import Unavailable
from db.idle import AWAY, Idle
from db.news import News, Session
from db.prepared import FROZEN_SECONDS
from db.reading import Reading
from db.statement import Connection
from db.waiting import Owner

SETTINGS = {
    "application_name": "tollhouse",
    "idle_in_transaction_session_timeout": "30s",
    "jit": "off",
    "lock_timeout": "10s",
    # Each statement is planned once for a connection. Planned for its values it would be planned
    # each time, which takes longer than most of them run, and the plan would change with sizes.
    "plan_cache_mode": "force_generic_plan",
    # What is asked for is nearly always in memory, and on no disk that turns. As PostgreSQL has it,
    # 60 products of an organization that has 200 are found by reading the whole table.
    "random_page_cost": "1.1",
    "statement_timeout": "15s",
    "timezone": "UTC",
}
SESSION: Final[Mapping[str, Any]] = {"server_settings": SETTINGS}
Logger = Callable[[Any], None]
Tell = Callable[[Sequence[News]], None]


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

    def __init__(self, idle: Idle, tell: Tell | None) -> None:
        self.idle, self._tell = idle, tell

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        size: int = 10,
        acquire_seconds: float = 5,
        logger: Logger | None = None,
        tell: Tell | None = None,
        session: Mapping[str, Any] = SESSION,
    ) -> Self:
        """Connections are made when they are asked for, so the database may be away for now.

        `tell` is given the news of each transaction, after its commit. `session` is how
        connections are made, where a pooler on the way takes them otherwise.
        """

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
            **session,
            command_timeout=FROZEN_SECONDS,
            connection_class=Session,
        )
        return cls(Idle(pool, size, acquire_seconds, is_heard=logger is not None), tell)

    async def close(self) -> None:
        await self.idle.close()

    def reading(self, owner: Owner = None) -> Reading:
        """A connection for single statements, each its own transaction, for the owner's sake.

        Unavailable where the database is away; what is wrong with a statement stays what it is.
        """
        return Reading(self.idle, owner)

    @asynccontextmanager
    async def transaction(self, owner: Owner = None) -> AsyncGenerator[Connection]:
        """One unit of work: commits at the end, rolls back on any exception."""
        async with self.reading(owner) as connection:
            gathered: list[News] = cast("Any", connection).news
            gathered.clear()
            async with connection.transaction():
                yield connection
            if gathered and self._tell:
                self._tell(gathered)
