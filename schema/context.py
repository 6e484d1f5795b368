"""What every field may use."""

from collections.abc import AsyncGenerator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

import strawberry

from access.cache import KeyCache
from access.caller import Caller
from access.encryption import EncryptionKeys
from access.networks import Rules
from access.pepper import Peppers
from db.actor import Origin
from db.database import Database
from db.errors import AnswerTooLarge
from db.hub import Hub
from db.statement import Connection
from db.widths import Reads
from schema.attempt import Attempt
from schema.batch import AnyBatch, Sparing, Timed
from schema.loader import MOST, Loader, at_once, different
from schema.share import Share, Sharing
from schema.shared import SharedRows


@dataclass(frozen=True, slots=True)
class House:
    """What all requests share."""

    database: Database
    cache: KeyCache
    peppers: Peppers
    encryption: EncryptionKeys
    hub: Hub
    # Private networks that webhooks may reach all the same.
    webhook_networks: Rules
    shared_rows: SharedRows = field(default_factory=SharedRows)


class Context:
    """One request: who asks, and when; `now` is its one reading of the clock.

    One is made for each request. As a frozen dataclass it took four times as long, so pyright is
    who sees that nobody writes what is final here; only code of ours gets hold of one.
    """

    __slots__ = (
        "attempt",
        "caller",
        "house",
        "loaders",
        "now",
        "organization_id",
        "request_id",
        "share",
    )

    def __init__(
        self,
        caller: Caller,
        now: datetime,
        request_id: str,
        house: House,
        attempt: Attempt | None = None,
    ) -> None:
        self.caller: Final = caller
        self.organization_id: Final[UUID] = caller.key.organization_id
        self.now: Final = now
        self.request_id: Final = request_id
        self.house: Final = house
        # Set for a mutation whose client has given it an Idempotency-Key.
        self.attempt: Final = attempt
        self.loaders: Final[dict[tuple[AnyBatch, Reads], Loader]] = {}
        # A request with many fields must not hold all connections, where others wait for one.
        self.share: Final = Share()

    def trying(self, attempt: Attempt) -> "Context":
        """The same request, with its Idempotency-Key."""
        return Context(self.caller, self.now, self.request_id, self.house, attempt=attempt)

    @property
    def origin(self) -> Origin:
        """Whom changes are attributed to."""
        return Origin(self.caller.key.actor, self.now, self.caller.address, self.request_id)

    def reading(self) -> Sharing:
        """A connection for single statements."""
        return Sharing(self.share, self.house.database.idle, self.organization_id)

    def hold(self) -> None:
        """Have the connection of each statement held for the next, until `let_go`.

        For statements that follow one another at once, and none beside them: it would wait for what
        is held. Others don't wait for longer: where another organization waits for a connection, it
        has it before the next statement.
        """
        self.share.holds = True

    async def let_go(self) -> None:
        """Hold nothing from here on, whether anything was held or not."""
        if self.share.holds:
            await self.reading().let_go()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection]:
        """One unit of work: commits at the end, rolls back on any exception.

        Sibling fields run concurrently, so a connection is never shared between resolvers. One
        that may be asked for again has a single transaction, and its record is written there.
        """
        if self.attempt is not None and self.attempt.connection is not None:
            yield self.attempt.connection
            return
        await self.share.take()
        try:
            async with self.house.database.transaction(self.organization_id) as connection:
                yield connection
        finally:
            self.share.give_back()

    def forget_key(self, id: UUID) -> None:
        """What is known of an API key doesn't hold any more, or won't once the change is there."""
        self.house.cache.forget(id)
        if self.attempt is not None:
            self.attempt.forgotten.add(id)

    def forget_loaded(self) -> None:
        """What earlier fields of a mutation loaded may be otherwise since this one's change.

        To be called once that is committed: what loads from here on sees it.
        """
        self.loaders.clear()

    def load_all(
        self, batch: AnyBatch, ids: Sequence[Any], reads: Reads = None, *, alone: bool = False
    ) -> Awaitable[list[Any]]:
        """What `batch` finds for each id, or None; an exception stands where it failed.

        Calls in the same tick that read the same of the rows share one statement. Who calls `alone`
        says that there are no others, and waits for nobody.
        """
        spares = isinstance(batch, Sparing)
        key = (batch, reads if spares else None)
        loader = self.loaders.get(key) if self.loaders else None
        if loader is None and alone and len(ids) <= MOST:
            if spares:
                return self._spared(batch, ids, reads)
            return self._weighed(at_once(partial(self._found, batch, None), ids))
        if loader is None:
            loader = self.loaders[key] = Loader(partial(self._found, batch, reads))
        return self._weighed(loader.load(ids))

    async def _found(self, batch: AnyBatch, reads: Reads, ids: list[Any]) -> Mapping[Any, Any]:
        async with self.reading() as connection:
            if isinstance(batch, Sparing):
                rows = await batch.batch(connection, self.organization_id, ids, reads)
                return dict(zip(ids, batch.parted(rows, len(ids)), strict=True))
            if isinstance(batch, Timed):
                return await batch.batch(connection, self.organization_id, ids, self.now)
            return await batch(connection, self.organization_id, ids)

    async def _weighed(self, coming: Awaitable[list[Any]]) -> list[Any]:
        """What was found, weighed as often as it will be shown: the answer says it each time."""
        found = await coming
        try:
            self.share.weigh(found)
        except AnswerTooLarge as error:
            return [error] * len(found)
        return found

    async def _spared(self, batch: Sparing, ids: Sequence[Any], reads: Reads) -> list[Any]:
        if not ids:
            return []
        try:
            asked = different(ids)
            async with self.reading() as connection:
                rows = await batch.batch(connection, self.organization_id, asked, reads)
            found = batch.parted(rows, len(asked))
            if asked is not ids:
                found = list(map(dict(zip(asked, found, strict=True)).get, ids))
            self.share.weigh(found)
        except Exception as error:  # noqa: BLE001  # it is told to whoever asked
            return [error] * len(ids)
        return found

    async def load_rows(self, batch: Sparing, ids: Sequence[Any], reads: Reads) -> list[Any]:
        """The rows of some ids as the batch gives them; raises what keeps them back."""
        rows = await self.reading().read(
            lambda connection: batch.batch(connection, self.organization_id, ids, reads)
        )
        self.share.weigh_page(rows)
        return rows


Info = strawberry.Info[Context, None]
