"""What keeps the server from being ready."""

from collections.abc import Awaitable, Callable

from access.cache import KeyCache
from db.database import Database
from db.errors import Unavailable
from db.migrate import head
from db.reach import tables_version


def readiness(database: Database, cache: KeyCache) -> Callable[[], Awaitable[list[str]]]:
    needed = head()

    async def lacking() -> list[str]:
        try:
            async with database.reading() as connection:
                version = await tables_version(connection)
        except Unavailable:
            return ["database"]
        # Tables of a later release are fine: its migrations keep the running one working.
        if version is None or version < needed:
            return ["migrations"]
        return [] if cache.is_sure else ["changes of keys"]

    return lacking
