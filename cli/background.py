"""What the server does by itself, again and again, beside answering requests."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

import structlog

from access.refusals import Refusals
from access.usage import Usage
from db import api_key_notice, api_key_usage, idempotency, invoice_change
from db.binaries import EmbeddedFailed
from db.database import Database
from db.embedded import Embedded
from db.errors import Unavailable
from db.statement import Connection
from db.stopping import must_go_on

USAGE_SECONDS = 5
REFUSAL_SECONDS = 5
EXPIRY_SECONDS = 10
NOTICE_SECONDS = 60
RECORD_SECONDS = 600
WATCH_SECONDS = 0.5
log = structlog.get_logger()
T = TypeVar("T")


async def repeat(name: str, seconds: float, work: Callable[[], Awaitable[Any]]) -> None:
    """Do the work every so often; it may fail for want of the database, and is tried again."""
    while True:
        must_go_on()
        await asyncio.sleep(seconds)
        try:
            await work()
        except (Unavailable, EmbeddedFailed) as failure:
            log.warning("It failed for now, and is tried again.", task=name, reason=str(failure))


class Gathered(Protocol[T]):
    """What is gathered in memory until it is written down."""

    def take(self) -> list[T]: ...

    def put_back(self, batch: list[T], /) -> None: ...


async def write_usage(database: Database, usage: Usage) -> None:
    """Write down which keys were used."""
    await _write(database, usage, api_key_usage.write)


async def tell_refusals(database: Database, refusals: Refusals) -> None:
    """Tell of keys that were refused for their address."""
    await _write(database, refusals, api_key_notice.tell_refused)


async def _write(
    database: Database,
    gathered: Gathered[T],
    write: Callable[[Connection, list[T]], Awaitable[None]],
) -> None:
    """Write in batches; what can't be written is kept for the next time."""
    while batch := gathered.take():
        try:
            async with database.transaction() as connection:
                await write(connection, batch)
        except Unavailable:
            gathered.put_back(batch)
            raise


async def tell_expiring_keys(database: Database, clock: Callable[[], datetime]) -> None:
    """Tell of keys that expire soon, in batches; as with invoices."""
    told = 1
    while told:
        async with database.transaction() as connection:
            told = await api_key_notice.tell_expiring(connection, clock())


async def expire_invoices(database: Database, clock: Callable[[], datetime]) -> None:
    """Expire what is due, in batches that are short enough to hold nobody up."""
    expired = 1
    while expired:
        async with database.transaction() as connection:
            expired = await invoice_change.expire_due(connection, clock())


async def prune_records(database: Database, clock: Callable[[], datetime]) -> None:
    """Take away what is kept of requests that won't come again, in batches as well."""
    pruned = 1
    while pruned:
        async with database.transaction() as connection:
            pruned = await idempotency.prune(connection, clock())


async def revive(embedded: Embedded) -> None:
    """Start the embedded database again where it has died."""
    if not embedded.alive():
        log.error("The embedded database has died; it is started again.")
        await asyncio.to_thread(embedded.restart)
        log.info("The embedded database runs again.")
