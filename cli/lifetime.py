"""What every process that stays needs: the database, and tasks that end it where they fail."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import click
import structlog

from cli.database import bring_up, direct_url, pooler_for
from cli.settings import Settings
from db.database import Database, connect
from db.errors import Unavailable
from db.hub import Hub
from db.listener import tell_last
from db.pooler import Pooler, session_of
from db.reach import knows_letters, must_notify

CLOSE_SECONDS = 5
SLOW_LETTERS = (
    "The database's lc_ctype is C: searches for letters beyond a-z can't use an index there."
    " docs/operating.md tells how to make a database whose searches can."
)
FORGETFUL = (
    "The pooler before the database loses prepared statements, so each is planned each time."
    " pgbouncer keeps them from 1.21 on, with max_prepared_statements above 0."
)
LACKING = (
    "The pooler's connections to the database lack settings that Tollhouse gives to its own."
    " Make these changes for the role that it connects as, and let it connect anew."
)
logger = structlog.get_logger()


@asynccontextmanager
async def database_for(settings: Settings, url: str, hub: Hub) -> AsyncGenerator[Database]:
    """The database with the tables of this release; what it commits is told to the hub."""
    session = await brought_up(settings, url)
    async with opened(settings, url, hub, session) as database:
        yield database


async def brought_up(settings: Settings, url: str) -> Mapping[str, Any]:
    """Bring the tables to this release, once for a machine; how connections are to be made."""
    before = await bring_up(settings, url)
    if not before.is_fresh:
        logger.info("The tables were brought up.", before=before.current, now=before.head)
    if settings.database_url is not None:
        await _look(url, direct_url(settings, url))
    pooler = await pooler_for(settings, url)
    if pooler is not None:
        _warn(pooler)
    return session_of(pooler)


@asynccontextmanager
async def opened(
    settings: Settings, url: str, hub: Hub, session: Mapping[str, Any]
) -> AsyncGenerator[Database]:
    """A database that was brought up; what it commits is told to the hub."""
    size = settings.database_connections
    database = await Database.open(url, size=size, tell=hub.tell, session=session)
    try:
        yield database
    finally:
        # A database that has frozen must not keep the process from ending.
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                with suppress(Unavailable):
                    await tell_last(database, hub)
                await database.close()


async def _look(url: str, direct: str) -> None:
    """What may be wrong with a database that isn't our own."""
    if url != direct:
        await must_notify(url, direct)
    connection = await connect(direct)
    try:
        if not await knows_letters(connection):
            logger.warning(SLOW_LETTERS)
    finally:
        connection.terminate()


def _warn(pooler: Pooler) -> None:
    if not pooler.keeps_statements:
        logger.warning(FORGETFUL)
    if pooler.lacking:
        changes = [f"ALTER ROLE ... SET {name} = '{v}';" for name, v in pooler.lacking.items()]
        logger.warning(LACKING, changes=changes)


@asynccontextmanager
async def attended() -> AsyncGenerator[asyncio.TaskGroup]:
    """For tasks that never end; one that does, does so by a fault, which ends the process."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup:
        logger.exception("The process ends: a background task has a fault.")
        raise click.exceptions.Exit(1) from None
