"""The first contact with a database: waits until it takes connections, and looks at its state."""

import asyncio
import secrets
import time
from typing import Any

import asyncpg

from db.database import AWAY, connect
from db.errors import Unavailable

# What waiting won't cure.
HOPELESS = (
    asyncpg.ClientConfigurationError,
    asyncpg.InsufficientPrivilegeError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
PAUSE_SECONDS = 0.25
NOTIFY_SECONDS = 5
TRIAL = "tollhouse_trial"
UNHEARD = (
    "The database's notifications don't arrive, as behind a pooler of transactions."
    " Set DATABASE_DIRECT_URL to the server itself."
)
UNHEARD_DIRECTLY = (
    "What is announced at DATABASE_URL isn't heard at DATABASE_DIRECT_URL. Both must lead to the"
    " same database, the second one to the server itself, past any pooler of transactions."
)


async def reach(url: str, patience_seconds: float = 0) -> None:
    """Return once the database takes connections; Unavailable when patience is over."""
    end = time.monotonic() + patience_seconds
    while True:
        try:
            connection = await asyncpg.connect(url, timeout=10)
        except HOPELESS as error:
            raise Unavailable(f"The database refuses the connection: {error}") from error
        except AWAY as error:
            if time.monotonic() >= end:
                reason = str(error) or "it doesn't answer"
                raise Unavailable(f"The database can't be reached: {reason}") from error
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            await connection.close()
            return


async def must_notify(url: str, direct: str) -> None:
    """Prove that what is announced at the one is heard at the other; Unavailable where it isn't.

    That shows too that both lead to the same database.
    """
    word, heard = secrets.token_hex(8), asyncio.Event()

    def hear(_connection: Any, _pid: int, _channel: str, said: Any) -> None:
        if said == word:
            heard.set()

    hearing = await connect(direct)
    try:
        await hearing.add_listener(TRIAL, hear)
        announcing = await connect(url)
        try:
            await announcing.execute(f"NOTIFY {TRIAL}, '{word}'")
        finally:
            announcing.terminate()
        async with asyncio.timeout(NOTIFY_SECONDS):
            await heard.wait()
    except TimeoutError:
        raise Unavailable(UNHEARD if url == direct else UNHEARD_DIRECTLY) from None
    finally:
        hearing.terminate()


async def tables_version(connection: Any) -> str | None:
    """The last migration that the database has seen."""
    known = await connection.fetchval("SELECT to_regclass('alembic_version') IS NOT NULL")
    return await connection.fetchval("SELECT version_num FROM alembic_version") if known else None


async def knows_letters(connection: Any) -> bool:
    """Whether pg_trgm indexes letters beyond ASCII here, which it doesn't where lc_ctype is C."""
    return await connection.fetchval("SELECT cardinality(show_trgm('ж')) > 0")
