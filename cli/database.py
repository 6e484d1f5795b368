"""The database that a command works on: the one that was named, or the data folder's own."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

from cli.invocation import hint
from cli.settings import Settings
from db.binaries import find_binaries
from db.database import Database
from db.embedded import attached
from db.errors import Refused
from db.hub import Hub
from db.listener import tell_last
from db.migrate import Status, Unfit, status, upgrade
from db.pooler import Pooler, look, session_of
from db.reach import must_notify, reach

T = TypeVar("T")


class NoDatabase(Refused):
    """There is none in the data folder."""


@contextmanager
def database_url(settings: Settings, *, may_create: bool) -> Generator[str]:
    """The URL of the database, for the block: beside a running server, that server's."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    if not may_create and not (settings.data / "postgres").exists():
        raise NoDatabase(
            f"There is no database in {settings.data}. --data names another folder, --database-url"
            f" a database elsewhere, and this makes one: {hint('serve')}"
        )
    with attached(settings.data, find_binaries(settings.postgres_bin)) as url:
        yield url


def with_database(
    settings: Settings, work: Callable[[Database], Awaitable[T]], *, may_create: bool = False
) -> T:
    """Run the work on the database, whose tables are of this release.

    Our own database's are brought there; of another one they aren't without being asked to.
    """
    with database_url(settings, may_create=may_create) as url:
        return asyncio.run(_worked(settings, url, work))


def direct_url(settings: Settings, url: str) -> str:
    """Where sessions are kept, past any pooler of transactions."""
    return settings.database_direct_url or url


async def bring_up(settings: Settings, url: str) -> Status:
    """Wait for the database and run the migrations that it lacks; how it was before."""
    direct = direct_url(settings, url)
    await reach(direct, settings.database_wait)
    if settings.database_url is not None:
        # Before anything is locked: behind a pooler of transactions a lock would never end.
        await must_notify(direct, direct)
    return await upgrade(direct)


async def pooler_for(settings: Settings, url: str) -> Pooler | None:
    """The pooler before the database, if there is one; our own database has none."""
    if settings.database_url is None:
        return None
    return await look(url, keeps_sessions=settings.database_direct_url is None)


async def _worked(settings: Settings, url: str, work: Callable[[Database], Awaitable[T]]) -> T:
    if settings.database_url is None:
        await bring_up(settings, url)
    else:
        await reach(url)
    size, session = settings.database_connections, session_of(await pooler_for(settings, url))
    hub = Hub()
    database = await Database.open(url, size=size, session=session, tell=hub.tell)
    try:
        await _must_be_fresh(database)
        done = await work(database)
        # The workers and subscriptions of other processes hear of what the command did.
        await tell_last(database, hub)
    finally:
        await database.close()
    return done


async def _must_be_fresh(database: Database) -> None:
    async with database.reading() as connection:
        tables = await status(connection)
    if not tables.is_fresh:
        raise Unfit(
            f"The database's tables are of version {tables.current or 'none'}, and this release"
            f" needs {tables.head}. Run: {hint('db migrate')}"
        )
