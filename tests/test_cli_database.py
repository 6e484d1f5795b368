"""Which database commands use, and what they do about its tables."""

import asyncio
from pathlib import Path

import asyncpg
import pytest

from db.listener import NEWS
from db.migrate import head
from db.news import Kind, News, unpacked
from tests.cli_parts import Command, another_database
from tests.delivery_parts import webhook
from tests.embedded_parts import short_folder, started

NOWHERE = "postgresql://me:hush@127.0.0.1:1/shop"


@pytest.fixture
def bare(migrated_url, tmp_path):
    """Commands on a database without tables."""
    with another_database(migrated_url, "bare") as url:
        yield Command(url, tmp_path / "data")


@pytest.fixture(scope="module")
def own():
    """Commands on the data folder's own database."""
    with short_folder() as folder:
        command = Command(None, folder / "data")
        command("organizations", "create", "Acme")
        yield command


def test_tables_are_made_when_asked_and_only_then(bare):
    needed = f"The tables are of version none; this release needs {head()}.\n"
    assert bare("db", "status", code=1).stdout == needed
    assert bare.refused("organizations", "list") == (
        f"The database's tables are of version none, and this release needs {head()}."
        " Run: tollhouse db migrate"
    )

    made = bare("db", "migrate").stdout
    assert made == f"The tables are of version {head()} now; before: none.\n"
    again = bare("db", "migrate").stdout
    assert again == f"The tables are of version {head()} already.\n"
    current = f"The tables are of version {head()}; this release needs {head()}.\n"
    assert bare("db", "status").stdout == current


def test_migrations_go_past_a_pooler(bare):
    bare.environment |= {"DATABASE_DIRECT_URL": bare.url, "DATABASE_URL": NOWHERE}

    assert bare("db", "migrate").stdout.endswith("now; before: none.\n")


@pytest.mark.parametrize("command", [("organizations", "list"), ("db", "status")])
def test_a_database_that_is_not_there_is_told_without_its_password(tmp_path, command):
    said = Command(NOWHERE, tmp_path).refused(*command)

    assert said.startswith("The database can't be reached: ")
    assert "hush" not in said


def test_the_own_database_is_made_with_its_tables(own):
    assert [one["slug"] for one in own.json("organizations", "list")] == ["acme"]
    assert own("db", "status").stdout.startswith(f"The tables are of version {head()};")


def test_beside_a_server_its_database_is_used(own):
    with started(Path(own.data)) as server:
        own.url = server.url
        own("organizations", "create", "Beside")
        assert own.ask("select count(*) from organization") == 2


@pytest.mark.parametrize(
    "command",
    [
        ("organizations", "list"),
        ("keys", "list"),
        ("keys", "create", "--name", "A"),
        ("db", "status"),
    ],
)
def test_commands_that_look_make_no_database(tmp_path, command):
    folder = tmp_path / "typo"

    assert Command(None, folder).refused(*command) == (
        f"There is no database in {folder}. --data names another folder, --database-url a database"
        " elsewhere, and this makes one: tollhouse serve"
    )
    assert not folder.exists()


def test_programs_that_are_not_there_are_told(tmp_path):
    said = Command(None, tmp_path).refused("db", "migrate", "--postgres-bin", str(tmp_path))

    assert said.startswith(f"{tmp_path} has no program initdb.")


async def test_what_a_command_did_is_told_to_other_processes(house, database_url, tmp_path):
    owner = await house.organization("acme")
    hook = await webhook(house, owner, "https://example.com/hooks")
    heard: asyncio.Queue[str] = asyncio.Queue()
    connection = await asyncpg.connect(database_url)
    await connection.add_listener(NEWS, lambda *news: heard.put_nowait(news[-1]))

    command = Command(database_url, tmp_path / "data")
    await asyncio.to_thread(command, "keys", "create", "--organization", "acme", "--name", "New")

    told = list(unpacked(await asyncio.wait_for(heard.get(), 10)))
    await connection.close()
    assert News(Kind.QUEUE, owner, hook, hook) in told
