"""What every field may use."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import strawberry

from access.cache import KeyCache
from access.caller import Caller
from access.pepper import Peppers
from db.actor import Origin
from db.database import Database
from db.statement import Connection
from schema.loader import Loader

SHARE = 3
Batch = Callable[[Connection, UUID, Sequence[UUID]], Awaitable[dict[UUID, Any]]]


@dataclass(frozen=True, slots=True)
class House:
    """What all requests share."""

    database: Database
    cache: KeyCache
    peppers: Peppers


@dataclass(frozen=True, slots=True)
class Context:
    """One request: who asks, and when; `now` is its one reading of the clock."""

    caller: Caller
    now: datetime
    request_id: str
    house: House
    loaders: dict[Batch, Loader] = field(default_factory=dict[Batch, Loader])

    # A request with many fields must not hold all connections, where others wait for one.
    share: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(SHARE))

    @property
    def organization_id(self) -> UUID:
        return self.caller.key.organization_id

    @property
    def origin(self) -> Origin:
        """Whom changes are attributed to."""
        return Origin(self.caller.key.actor, self.now, self.caller.address, self.request_id)

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection]:
        """A connection for single statements."""
        async with self.share, self.house.database.reading() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection]:
        """One unit of work: commits at the end, rolls back on any exception.

        Sibling fields run concurrently, so a connection is never shared between resolvers.
        """
        async with self.share, self.house.database.transaction() as connection:
            yield connection

    async def load(self, batch: Batch, id: UUID) -> Any:
        """What `batch` finds for the id, or None; calls in the same tick share one statement."""
        [found] = await self.load_all(batch, [id])
        if isinstance(found, Exception):
            raise found
        return found

    async def load_all(self, batch: Batch, ids: Sequence[UUID]) -> list[Any]:
        """The same for many ids; an exception stands where `load` would raise it."""

        async def find(ids: list[UUID]) -> Mapping[UUID, Any]:
            async with self.reading() as connection:
                return await batch(connection, self.organization_id, ids)

        loader = self.loaders.get(batch)
        if loader is None:
            loader = self.loaders[batch] = Loader(find)
        return await loader.load(ids)


Info = strawberry.Info[Context, None]
