"""What keeps the queues in order, beside sending."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from db import delivery_prune, delivery_recovery, mail_queue, organization
from db.database import Database
from db.errors import Unavailable
from db.stopping import must_go_on

RECOVERY_SECONDS: Final = 1
PRUNING_SECONDS: Final = 600
ORGANIZATIONS: Final = 100
log = structlog.get_logger()


class Upkeep:
    """Several processes may do it at once: each skips what another one is at."""

    def __init__(self, database: Database, clock: Callable[[], datetime], kept: timedelta) -> None:
        self._database, self._clock, self._kept = database, clock, kept

    async def run(self) -> None:
        """Go on until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._repeat(RECOVERY_SECONDS, self.recover))
            group.create_task(self._repeat(PRUNING_SECONDS, self.prune))

    async def recover(self) -> None:
        """Go on with what was asked to be sent again, step by step."""
        more = True
        while more:
            async with self._database.transaction() as connection:
                more = await delivery_recovery.recover(connection, self._clock())

    async def prune(self) -> None:
        """Take away what is finished and old, in steps that hold nobody up."""
        before, after = self._clock() - self._kept, UUID(int=0)
        while owners := await self._owners(after):
            for owner in owners:
                await self._prune(owner, before)
            after = owners[-1]
        pruned = 1
        while pruned:
            async with self._database.transaction() as connection:
                pruned = await mail_queue.prune(connection, self._clock(), self._kept)

    async def _owners(self, after: UUID) -> list[UUID]:
        async with self._database.reading() as connection:
            return await organization.ids_after(connection, after, ORGANIZATIONS)

    async def _prune(self, owner: UUID, before: datetime) -> None:
        more = True
        while more:
            async with self._database.transaction() as connection:
                more = await delivery_prune.prune(connection, owner, before)

    @staticmethod
    async def _repeat(seconds: float, work: Callable[[], Awaitable[Any]]) -> None:
        while True:
            must_go_on()
            try:
                await work()
            except Unavailable as away:
                log.warning("The queue's upkeep waits for the database.", reason=str(away))
            await asyncio.sleep(seconds)
