"""The server's life in its loop: from an unknown database to the last use written down."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from socket import socket
from typing import Any, NamedTuple

import click
import structlog

from access.budget import Budgets
from access.cache import KeyCache
from access.encryption import EncryptionKeys
from access.pepper import Peppers
from access.shared_throttle import SharedThrottle
from access.usage import Usage
from cli import background, demo, sharing
from cli.database import direct_url
from cli.garbage import leave_out_what_lasts
from cli.host_secrets import open_encryption, open_peppers
from cli.lifetime import attended, brought_up, opened
from cli.listen import port_of
from cli.program import Delivering, Program, Running
from cli.readiness import readiness
from cli.settings import Settings
from cli.url import url_of, url_to_call
from db.database import Database
from db.embedded import Embedded
from db.errors import Unavailable
from db.hub import Hub
from db.listener import Listener

logger = structlog.get_logger()


class Source(NamedTuple):
    """Where the database is, and the server of our own that runs it, if one does."""

    url: str
    embedded: Embedded | None


class Asked(NamedTuple):
    """What the command was asked to do; `delivers` is false where workers apart send."""

    program: Program
    settings: Settings
    source: Source
    delivers: bool


class Prepared(NamedTuple):
    """What is made once, whatever number of processes then serve."""

    session: Mapping[str, Any]
    peppers: Peppers
    encryption: EncryptionKeys


async def run(asked: Asked, sockets: Sequence[socket]) -> None:
    """Prepare all, and serve until cancelled."""
    prepared = await prepare(asked, port_of(sockets))
    await answer(asked, prepared, sockets, partial(say_ready, asked, sockets))


async def prepare(asked: Asked, port: int) -> Prepared:
    """Bring the tables up, make the secrets and the demo that are lacking, and tell of it."""
    program, settings, url = asked.program, asked.settings, asked.source.url
    session = await brought_up(settings, url)
    async with opened(settings, url, Hub(), session) as database:
        peppers = await open_peppers(settings, database)
        encryption = await open_encryption(settings, database)
        to_call = url_to_call(settings.host, port)
        if said := await demo.at_start(database, peppers, settings, program.clock(), to_call):
            click.echo(said)
    return Prepared(session, peppers, encryption)


def say_ready(asked: Asked, sockets: Sequence[socket]) -> None:
    click.echo(f"ready {url_of(asked.settings.host, port_of(sockets))}")


async def answer(
    asked: Asked, prepared: Prepared, sockets: Sequence[socket], ready: Callable[[], object]
) -> None:
    """Serve until cancelled, then let requests under way end and write down what is left.

    Webhooks and mail are sent beside it, unless workers apart do that.
    """
    program, settings, source, delivers = asked
    session, peppers, encryption = prepared
    hub = Hub()
    async with opened(settings, source.url, hub, session) as database:
        # Nothing that was kept is good before it is sure that changes are heard.
        cache, usage = KeyCache(sure_until=0), Usage()
        budgets = Budgets(settings.rate_limit, settings.rate_burst)
        throttle = SharedThrottle(program.clock)
        lacking, hearing = readiness(database, cache), asyncio.Event()
        running = Running(
            settings,
            database,
            peppers,
            encryption,
            hub,
            cache,
            usage,
            budgets,
            throttle,
            lacking,
            sockets,
        )
        async with _all_written(database, usage), program.listening(running), attended() as group:
            for task in _tasks(program, running, source, hearing):
                group.create_task(task)
            if delivers:
                group.create_task(
                    program.delivering(Delivering(settings, database, hub, encryption))
                )
            await hearing.wait()
            leave_out_what_lasts()
            ready()


@asynccontextmanager
async def _all_written(database: Database, usage: Usage) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        try:
            await background.write_usage(database, usage)
            await background.tell_refusals(database, usage.refusals)
        except Unavailable as away:
            logger.warning("The last uses of keys are lost.", reason=str(away))


def _tasks(
    program: Program, running: Running, source: Source, hearing: asyncio.Event
) -> list[Coroutine[Any, Any, None]]:
    database, cache, repeat = running.database, running.cache, background.repeat
    write = partial(background.write_usage, database, running.usage)
    refusals = partial(background.tell_refusals, database, running.usage.refusals)
    expire = partial(background.expire_invoices, database, program.clock)
    prune = partial(background.prune_records, database, program.clock)
    notices = partial(background.tell_expiring_keys, database, program.clock)

    def renew(sure_until: float) -> None:
        cache.renew(sure_until)
        hearing.set()

    url = direct_url(running.settings, source.url)
    listener = Listener(url, cache.heard, renew, running.hub, running.throttle)
    tasks: list[Coroutine[Any, Any, None]] = [
        listener.run(),
        repeat("usage", background.USAGE_SECONDS, write),
        repeat("refusals", background.REFUSAL_SECONDS, refusals),
        repeat("expiry", background.EXPIRY_SECONDS, expire),
        sharing.share(database, running.budgets),
        repeat("rate limits", sharing.CLEAR_SECONDS, partial(sharing.clear, database)),
        repeat("notices", background.NOTICE_SECONDS, notices),
        repeat("idempotency", background.RECORD_SECONDS, prune),
    ]
    if source.embedded is not None:
        revive = partial(background.revive, source.embedded)
        tasks.append(repeat("database", background.WATCH_SECONDS, revive))
    return tasks
