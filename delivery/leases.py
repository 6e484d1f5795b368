"""Which lanes are this worker's, as the database has it."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from db import delivery_queue
from db.database import Database
from db.delivery_queue import Found
from db.delivery_rows import LaneKey
from db.statement import Connection

LEASE_SECONDS: Final = 5.0
SOUGHT_AT_ONCE: Final = 1_000
# Lanes of others that are kept in mind.
REMEMBERED: Final = 10_000


class Leases:
    """Takes, renews and gives back lanes, inside `changing`.

    Giving a lane back and taking it again must reach the database in their order.
    """

    def __init__(self, database: Database, holder: UUID) -> None:
        self._database, self._holder = database, holder
        self.changing = asyncio.Lock()
        self._elsewhere: OrderedDict[LaneKey, float] = OrderedDict()

    def is_elsewhere(self, key: LaneKey) -> bool:
        """Whether another worker has lately been found to have it.

        News of what is due comes to all workers. Each that isn't the lane's would try to lease it
        each time; a look for lanes tells when the other has let go of it.
        """
        return self._elsewhere.get(key, 0) > time.monotonic()

    async def find(self, connection: Connection, after: LaneKey, now: datetime) -> Found:
        """Lanes in which something is due, and which nobody else has."""
        return await delivery_queue.find(connection, self._holder, after, now, SOUGHT_AT_ONCE)

    async def take(self, keys: Sequence[LaneKey]) -> dict[LaneKey, float]:
        """Which of the lanes are ours, and until when on the monotonic clock."""
        if not keys:
            return {}
        until = time.monotonic() + LEASE_SECONDS
        async with self._database.reading() as connection:
            ours = await delivery_queue.take(connection, self._holder, keys, LEASE_SECONDS)
        for key in keys:
            self._elsewhere.pop(key, None)
            if key not in ours:
                self._elsewhere[key] = until
        while len(self._elsewhere) > REMEMBERED:
            self._elsewhere.popitem(last=False)
        return dict.fromkeys(ours, until)

    async def give_back(self, keys: Sequence[LaneKey]) -> None:
        if keys:
            async with self._database.reading() as connection:
                await delivery_queue.let_go(connection, self._holder, keys)
