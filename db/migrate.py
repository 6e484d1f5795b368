"""Brings a database's tables to what this release needs."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as SyncConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from db.database import connect
from db.errors import Refused
from db.reach import tables_version

FOLDER = Path(__file__).parent / "migrations"
# Any number that nothing else locks; it is the same for all releases.
LOCK = 0x7011_4005E
LOCKED = "SELECT pg_advisory_lock($1)"

CUT_SHORT = (
    "A migration did not come through. Each is a transaction, so nothing is half done: mend what"
    " this says and start again."
)


class Unfit(Refused):
    """The database can't be used as it is; the sentence says why, and what to do."""

    code = "UNFIT"


class Status(NamedTuple):
    """The version that a database has, and the one that this release needs."""

    current: str | None
    head: str

    @property
    def is_fresh(self) -> bool:
        return self.current == self.head


def config() -> Config:
    settings = Config()
    settings.set_main_option("script_location", str(FOLDER))
    return settings


def head() -> str:
    revision = ScriptDirectory.from_config(config()).get_current_head()
    assert revision is not None, "there is a first migration"
    return revision


async def status(connection: Any) -> Status:
    return Status(await tables_version(connection), head())


async def upgrade(url: str) -> Status:
    """Run what is missing, one process at a time; the version that was there before.

    Raises Unfit for a PostgreSQL that is too old, for tables of a later release, and for a
    migration that the database refuses or that is cut off.
    """
    connection = await connect(url)
    try:
        if connection.get_server_version() < (15,):
            raise Unfit("PostgreSQL 15 or newer is needed; this one is older.")
        if await connection.fetchval("SHOW server_encoding") != "UTF8":
            raise Unfit("The database's encoding must be UTF8; docs/operating.md says how.")
        await connection.execute(LOCKED, LOCK, timeout=600)
        before = await status(connection)
        if not before.is_fresh:
            _must_know(before)
            try:
                async with _alembic(url) as engine:
                    await engine.run_sync(_run)
            except DBAPIError as error:
                raise Unfit(f"{CUT_SHORT} {error.orig}") from error
        return before
    finally:
        # The session's end gives the lock back, also when this process is killed.
        await connection.close()


def _must_know(before: Status) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config()).walk_revisions()}
    if before.current is not None and before.current not in known:
        raise Unfit(
            f"The database's tables are of version {before.current}, which this release doesn't "
            f"know (it has {before.head}): a later release wrote them. Run that release."
        )


@asynccontextmanager
async def _alembic(url: str) -> AsyncGenerator[AsyncConnection]:
    async def fresh() -> Any:
        return await connect(url, server_settings={"lock_timeout": "10s", "statement_timeout": "0"})

    engine = create_async_engine("postgresql+asyncpg://", poolclass=NullPool, async_creator=fresh)
    try:
        async with engine.connect() as connection:
            yield connection
            await connection.commit()
    finally:
        await engine.dispose()


def _run(connection: SyncConnection) -> None:
    settings = config()
    settings.attributes["connection"] = connection
    command.upgrade(settings, "head")
