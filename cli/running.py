"""The server's life in its loop: from an unknown database to the last use written down."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from socket import socket
from typing import Any, NamedTuple

import click
import structlog

from access.cache import KeyCache
from access.usage import Usage
from cli import background, demo
from cli.database import bring_up, direct_url
from cli.listen import port_of
from cli.peppers import open_peppers
from cli.program import Program, Running
from cli.readiness import readiness
from cli.settings import Settings
from cli.url import url_of, url_to_call
from db.database import Database
from db.embedded import Embedded
from db.errors import Unavailable
from db.listener import Listener
from db.reach import knows_letters, must_notify

CLOSE_SECONDS = 5
SLOW_LETTERS = (
    "The database's lc_ctype is C: searches for letters beyond a-z can't use an index there."
    " docs/operating.md tells how to make a database whose searches can."
)
logger = structlog.get_logger()


class Source(NamedTuple):
    """Where the database is, and the server of our own that runs it, if one does."""

    url: str
    embedded: Embedded | None


async def run(
    program: Program, settings: Settings, source: Source, sockets: Sequence[socket]
) -> None:
    """Serve until cancelled, then let requests under way end and write down what is left."""
    async with _database(settings, source) as database:
        peppers = await open_peppers(settings, database)
        # Nothing that was kept is good before it is sure that changes are heard.
        cache, usage = KeyCache(sure_until=0), Usage()
        port = port_of(sockets)
        url, now = url_to_call(settings.host, port), program.clock()
        if said := await demo.at_start(database, peppers, settings, now, url):
            click.echo(said)
        ready, hearing = readiness(database, cache), asyncio.Event()
        running = Running(settings, database, peppers, cache, usage, ready, sockets)
        async with _all_written(database, usage), program.listening(running), _attended() as group:
            for task in _tasks(program, running, source, hearing):
                group.create_task(task)
            await hearing.wait()
            click.echo(f"ready {url_of(settings.host, port)}")


@asynccontextmanager
async def _database(settings: Settings, source: Source) -> AsyncGenerator[Database]:
    before = await bring_up(settings, source.url)
    if not before.is_fresh:
        logger.info("The tables were brought up.", before=before.current, now=before.head)
    database = await Database.open(source.url, size=settings.database_connections)
    try:
        if source.embedded is None:
            await _look(database, direct_url(settings, source.url))
        yield database
    finally:
        # A database that has frozen must not keep the server from ending.
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await database.close()


async def _look(database: Database, direct: str) -> None:
    """What may be wrong with a database that isn't our own."""
    await must_notify(direct)
    async with database.reading() as connection:
        if not await knows_letters(connection):
            logger.warning(SLOW_LETTERS)


@asynccontextmanager
async def _all_written(database: Database, usage: Usage) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        try:
            await background.write_usage(database, usage)
        except Unavailable as away:
            logger.warning("The last uses of keys are lost.", reason=str(away))


def _tasks(
    program: Program, running: Running, source: Source, hearing: asyncio.Event
) -> list[Coroutine[Any, Any, None]]:
    database, cache, repeat = running.database, running.cache, background.repeat
    write = partial(background.write_usage, database, running.usage)
    expire = partial(background.expire_invoices, database, program.clock)

    def renew(sure_until: float) -> None:
        cache.renew(sure_until)
        hearing.set()

    listener = Listener(direct_url(running.settings, source.url), cache.heard, renew)
    tasks: list[Coroutine[Any, Any, None]] = [
        listener.run(),
        repeat("usage", background.USAGE_SECONDS, write),
        repeat("expiry", background.EXPIRY_SECONDS, expire),
    ]
    if source.embedded is not None:
        revive = partial(background.revive, source.embedded)
        tasks.append(repeat("database", background.WATCH_SECONDS, revive))
    return tasks


@asynccontextmanager
async def _attended() -> AsyncGenerator[asyncio.TaskGroup]:
    """For tasks that never end; one that does, does so by a fault, which ends the server."""
    try:
        async with asyncio.TaskGroup() as group:
            yield group
    except ExceptionGroup:
        logger.exception("The server ends: a background task has a fault.")
        raise click.exceptions.Exit(1) from None
