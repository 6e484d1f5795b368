"""What the server does by itself, again and again, beside answering requests."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import structlog

from access.usage import Usage
from db import api_key_usage, invoice_change
from db.binaries import EmbeddedFailed
from db.database import Database
from db.embedded import Embedded
from db.errors import Unavailable

USAGE_SECONDS = 5
EXPIRY_SECONDS = 10
WATCH_SECONDS = 0.5
log = structlog.get_logger()


async def repeat(name: str, seconds: float, work: Callable[[], Awaitable[Any]]) -> None:
    """Do the work every so often; it may fail for want of the database, and is tried again."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await work()
        except (Unavailable, EmbeddedFailed) as failure:
            log.warning("It failed for now, and is tried again.", task=name, reason=str(failure))


async def write_usage(database: Database, usage: Usage) -> None:
    """Write down which keys were used; what can't be written is kept for the next time."""
    while uses := usage.take():
        try:
            async with database.transaction() as connection:
                await api_key_usage.write(connection, uses)
        except Unavailable:
            usage.put_back(uses)
            raise


async def expire_invoices(database: Database, clock: Callable[[], datetime]) -> None:
    """Expire what is due, in batches that are short enough to hold nobody up."""
    expired = 1
    while expired:
        async with database.transaction() as connection:
            expired = await invoice_change.expire_due(connection, clock())


async def revive(embedded: Embedded) -> None:
    """Start the embedded database again where it has died."""
    if not embedded.alive():
        log.error("The embedded database has died; it is started again.")
        await asyncio.to_thread(embedded.restart)
        log.info("The embedded database runs again.")
