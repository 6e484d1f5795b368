"""What keeps the server from being ready."""

import asyncio
from collections.abc import Awaitable, Callable

from access.cache import KeyCache
from db.database import Database
from db.errors import Unavailable
from db.migrate import head
from db.reach import tables_version


def readiness(database: Database, cache: KeyCache) -> Callable[[], Awaitable[list[str]]]:
    """Anybody may ask, so whoever asks meanwhile is told what one look at the database finds."""
    needed = head()
    looking: asyncio.Task[list[str]] | None = None

    async def lacking() -> list[str]:
        nonlocal looking
        if looking is None or looking.done():
            looking = asyncio.create_task(look())
        # Who doesn't wait for it any more takes it away from nobody.
        return await asyncio.shield(looking) or ([] if cache.is_sure else ["changes of keys"])

    async def look() -> list[str]:
        try:
            async with database.reading() as connection:
                version = await tables_version(connection)
        except Unavailable:
            return ["database"]
        # Tables of a later release are fine: its migrations keep the running one working.
        return ["migrations"] if version is None or version < needed else []

    return lacking
