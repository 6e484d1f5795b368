"""Connections for handlers by hand, held together with their statements."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Self

import asyncpg
import orjson

from db.database import SETTINGS


class Session(NamedTuple):
    connection: Any
    prepared: Mapping[str, Any]


class Sessions:
    """Connections that are held together with their statements, each prepared once."""

    def __init__(self, sessions: Sequence[Session]) -> None:
        self._free: asyncio.LifoQueue[Session] = asyncio.LifoQueue()
        for session in sessions:
            self._free.put_nowait(session)

    @classmethod
    async def open(cls, url: str, statements: Mapping[str, str], size: int = 10) -> Self:
        return cls([await _session(url, statements) for _ in range(size)])

    @asynccontextmanager
    async def held(self) -> AsyncGenerator[Session]:
        session = await self._free.get()
        try:
            yield session
        finally:
            self._free.put_nowait(session)

    async def fetch(self, name: str, *values: Any) -> Any:
        session = await self._free.get()
        try:
            return await session.prepared[name].fetch(*values)
        finally:
            self._free.put_nowait(session)


def _dumped(value: Any) -> bytes:
    # The first byte is the version of jsonb's binary form.
    return b"\x01" + orjson.dumps(value)


def _loaded(data: bytes) -> Any:
    return orjson.loads(data[1:])


async def _session(url: str, statements: Mapping[str, str]) -> Session:
    connection: Any = await asyncpg.connect(url, server_settings=SETTINGS)
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=_dumped,
        decoder=_loaded,
        format="binary",
    )
    prepared = {name: await connection.prepare(sql) for name, sql in statements.items()}
    # asyncpg prepares without an end to the exchange, so the statement's timeout would run on.
    await connection.execute("SELECT 1")
    return Session(connection, prepared)
