"""The embedded database starts, stops, starts again, and says why when it can't."""

import os
from pathlib import Path

import asyncpg
import pytest

from db.embedded import Embedded, EmbeddedFailed, InUse
from db.embedded_cluster import initdb_options
from tests.embedded_parts import BINARIES, ask, is_free, short_folder, started

ENCODING = "select datcollate || datctype || datlocprovider::text || datlocale from pg_database"


@pytest.fixture(scope="module")
def folder():
    with short_folder() as home:
        with started(home / "data"):
            pass
        yield home / "data"


@pytest.fixture
def fresh():
    with short_folder() as home:
        yield home / "data"


@pytest.fixture
def running(folder):
    with started(folder) as embedded:
        yield embedded


def test_a_first_start_makes_a_private_folder_and_keeps_it_tidy(fresh):
    with started(fresh) as embedded:
        assert embedded.alive()
        names = {"lock", "postgres", "postgres-password", "postgres.log"}
        assert {path.name for path in fresh.iterdir()} == names
        assert fresh.stat().st_mode & 0o707 == 0o700


async def test_it_has_a_password_and_no_network(running):
    assert await ask(running.url, "select current_user || current_database()") == "tollhouse" * 2
    where = f"{ENCODING} where datname = 'tollhouse'"
    assert await ask(running.url, where) == "CC.UTF-8bC.UTF-8"
    assert await ask(running.url, "show listen_addresses") == ""
    assert await ask(running.url, "show fsync") == "on"
    kind = "select left(rolpassword, 14) from pg_authid where rolname = 'tollhouse'"
    assert await ask(running.url, kind) == "SCRAM-SHA-256$"


async def test_another_password_is_refused(running):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(running.url.replace("tollhouse:", "tollhouse:0"), "select 1")


async def test_a_second_start_finds_the_data_again(folder):
    embedded = Embedded(folder, BINARIES)
    for answer in (None, "kept"):
        embedded.start()
        assert await ask(embedded.url, "select to_regclass('kept')::text") == answer
        await ask(embedded.url, "create table if not exists kept ()")
        url = embedded.url
        embedded.stop()
        assert not embedded.alive()
    embedded.stop()
    assert Embedded(folder, BINARIES).alive() is False
    assert url == embedded.url


def test_a_second_owner_is_refused_and_the_first_lives_on(running, folder):
    second = Embedded(folder, BINARIES)
    with pytest.raises(
        InUse, match=f"is running on the data folder {folder}. Stop it, or set TOLL"
    ):
        second.start()
    second.stop()
    assert running.alive()


def test_another_major_version_is_refused_with_what_to_do(folder):
    version = folder / "postgres/PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(
        EmbeddedFailed, match=r"was made by PostgreSQL 17, .* docs/operating.md says"
    ):
        Embedded(folder, BINARIES).start()
    version.write_text("18\n")
    assert is_free(folder)


async def test_a_lost_password_is_replaced(folder):
    (folder / "postgres-password").unlink()
    with started(folder) as embedded:
        assert await ask(embedded.url, "select 1") == 1


def test_a_start_that_fails_says_why_and_frees_the_folder(folder):
    embedded = Embedded(folder, BINARIES, {"max_connections": "none"})
    with pytest.raises(
        EmbeddedFailed, match=f'"max_connections": "none".* See {folder}/postgres.log'
    ):
        embedded.start()
    assert not embedded.alive()
    assert is_free(folder)


def test_a_log_that_leads_elsewhere_is_not_written(folder):
    (folder / "postgres.log").rename(folder / "elsewhere")
    (folder / "postgres.log").symlink_to(folder / "elsewhere")
    size = (folder / "elsewhere").stat().st_size
    with pytest.raises(EmbeddedFailed, match="can't run in"):
        Embedded(folder, BINARIES).start()
    assert (folder / "elsewhere").stat().st_size == size
    (folder / "elsewhere").rename(folder / "postgres.log")
    assert is_free(folder)


async def test_settings_go_over_ours(folder):
    embedded = Embedded(folder, BINARIES, {"fsync": "off"})
    embedded.start()
    assert await ask(embedded.url, "show fsync") == "off"
    embedded.stop()


def test_a_long_log_makes_room_for_a_new_one(folder):
    os.truncate(folder / "postgres.log", 10 * 1024 * 1024 + 1)
    with started(folder):
        pass
    assert (folder / "postgres.log.1").stat().st_size == 10 * 1024 * 1024 + 1
    assert 0 < (folder / "postgres.log").stat().st_size < 10_000


async def test_the_log_tells_no_values(running, folder):
    with pytest.raises(asyncpg.UndefinedColumnError):
        await ask(running.url, "select th_secret")
    with pytest.raises(asyncpg.InvalidTextRepresentationError):
        await ask(
            running.url, "select count(*) from (select length($1) as n) x where 1 = 'two'", "x"
        )
    log = (folder / "postgres.log").read_text()
    assert 'column "th_secret" does not exist' in log
    assert "STATEMENT" not in log


def test_a_folder_that_cannot_be_made_is_refused(fresh):
    fresh.touch()
    with pytest.raises(
        EmbeddedFailed, match=r"can't run in .*Set TOLLHOUSE_DATA to .* DATABASE_URL"
    ):
        Embedded(fresh, BINARIES).start()


def test_older_versions_and_macos_have_the_locales_they_know():
    assert "--locale-provider=builtin" in initdb_options(18)
    assert [name for name in initdb_options(16) if "builtin" in name] == []
    assert "--lc-ctype=C.UTF-8" in initdb_options(18, "linux")
    assert "--lc-ctype=en_US.UTF-8" in initdb_options(18, "darwin")


def test_relative_paths_are_taken_from_here(fresh, monkeypatch):
    monkeypatch.chdir(fresh.parent)
    assert Embedded(Path("data"), BINARIES)._folder == fresh
