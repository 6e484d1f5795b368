"""Lets few attempts of one address be looked at at once; the others wait for their turn."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from access.throttle import Source
from db.errors import Unavailable

# Whoever fails has failed before the next five are let in, so that the throttle is asked in time.
MOST: Final = 5
# A database that takes longer is as good as away.
PATIENCE_SECONDS: Final = 5


class Turns:
    """Only addresses of which something is being looked at are kept."""

    def __init__(self) -> None:
        self._places: dict[Source, asyncio.Semaphore] = {}
        self._here: dict[Source, int] = {}

    def __len__(self) -> int:
        return len(self._places)

    @asynccontextmanager
    async def turn(self, source: Source) -> AsyncGenerator[None]:
        """Wait for a place among those that are looked at; Unavailable where that takes long."""
        places = self._places.setdefault(source, asyncio.Semaphore(MOST))
        self._here[source] = self._here.get(source, 0) + 1
        try:
            await _taken(places)
            try:
                yield
            finally:
                places.release()
        finally:
            self._here[source] -= 1
            if not self._here[source]:
                del self._here[source], self._places[source]


async def _taken(places: asyncio.Semaphore) -> None:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await places.acquire()
    except TimeoutError:
        # It says nothing of those who wait: had the others failed fast, the throttle would know.
        raise Unavailable("Keys can't be looked up for now; try again.") from None
