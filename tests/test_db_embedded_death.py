"""Whoever is killed, and whatever that leaves behind: what was acknowledged is there afterwards."""

import asyncio
import os
import signal
from itertools import count

import asyncpg
import psutil
import pytest

from db import embedded_predecessor
from db.embedded_account import account_for
from db.embedded_postmaster import Postmaster
from db.embedded_predecessor import settle
from db.embedded_process import Programs, can_signal_death
from tests.embedded_parts import BINARIES, ask, owner, postgres_of, short_folder, started

ROUNDS = 3
# asyncpg gives the last of them where the socket breaks while it sends.
CONNECTION_LOST = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
    asyncpg.InternalClientError,
)


@pytest.fixture(scope="module")
def folder():
    with short_folder() as home:
        with started(home / "data"):
            pass
        yield home / "data"


@pytest.fixture
def postmaster(folder):
    """A server that nobody's lock covers, as a predecessor's is."""
    started = start(folder)
    started.wait_ready()
    yield started
    started.stop()


def start(folder):
    cluster = folder / "postgres"
    programs = Programs(BINARIES, account_for(os.geteuid(), cluster))
    return Postmaster(programs, folder, cluster, {})


async def kept_until(url, kill):
    """Inserts from three sides until `kill` has ended it; gives what was acknowledged."""
    numbers, acknowledged, enough = count(), set(), asyncio.Event()

    async def insert():
        connection = await asyncpg.connect(url)
        while True:
            number = f"{os.urandom(8).hex()}-{next(numbers)}"
            await connection.execute("insert into kept values ($1)", number)
            acknowledged.add(number)
            if len(acknowledged) > 50:
                enough.set()

    await ask(url, "create table if not exists kept (id text primary key)")
    writers = [asyncio.create_task(insert()) for _ in range(3)]
    await enough.wait()
    kill()
    for end in await asyncio.gather(*writers, return_exceptions=True):
        assert isinstance(end, CONNECTION_LOST), end
    return acknowledged


async def all_kept(url):
    return set(await ask(url, "select array_agg(id) from kept"))


@pytest.mark.parametrize("victims", ["owner", "both"])
async def test_nothing_acknowledged_is_lost_with_the_owner(folder, victims):
    for _ in range(ROUNDS):
        with owner(folder) as program:
            url = program.stdout.readline().strip()
            postgres = postgres_of(folder)

            def kill(program=program, postgres=postgres):
                program.kill()
                if victims == "both":
                    postgres.kill()

            acknowledged = await kept_until(url, kill)
        with started(folder) as embedded:
            assert acknowledged <= await all_kept(embedded.url)


async def test_nothing_acknowledged_is_lost_with_postgres_and_its_owner_restarts_it(folder):
    with started(folder) as embedded:
        url = embedded.url
        for _ in range(ROUNDS):
            acknowledged = await kept_until(url, postgres_of(folder).kill)
            embedded._postmaster._child.wait()
            assert not embedded.alive()
            embedded.restart()
            assert embedded.alive()
            assert acknowledged <= await all_kept(url)


@pytest.mark.parametrize("how", ["", "passing thread"])
async def test_postgres_ends_with_its_owner_and_not_with_a_thread(folder, how):
    with owner(folder, how=how) as program:
        url = program.stdout.readline().strip()
        assert await ask(url, "select 1") == 1
        postgres = postgres_of(folder)
        program.kill()
    assert embedded_predecessor._left([postgres], folder / "postgres") == []


@pytest.mark.parametrize("how", ["", "passing thread"])
def test_an_owner_that_ends_well_stops_it(folder, how):
    with owner(folder, how=how) as program:
        program.stdout.readline()
    assert program.returncode == 0
    assert not (folder / "postgres/postmaster.pid").exists()


def test_only_linux_and_the_main_thread_have_the_signal():
    assert can_signal_death("linux")
    assert not can_signal_death("darwin")


@pytest.mark.parametrize("text", ["", "{}\n/other\n"])
async def test_what_names_another_process_or_none_is_removed(folder, text):
    for name in ("postmaster.pid", ".s.PGSQL.5432.lock"):
        (folder / "postgres" / name).write_text(text.format(os.getpid()))
    with started(folder) as embedded:
        assert await ask(embedded.url, "select 1") == 1


async def test_a_predecessor_that_still_runs_is_stopped_first(folder, postmaster):
    with started(folder) as embedded:
        assert not postmaster.alive()
        assert await ask(embedded.url, "select 1") == 1


def test_a_predecessor_that_hangs_is_killed(folder, postmaster, monkeypatch):
    monkeypatch.setattr(embedded_predecessor, "PATIENCE_SECONDS", 0.1)
    postmaster._child.send_signal(signal.SIGSTOP)
    settle(folder / "postgres", None)
    assert not postmaster.alive()


def test_a_predecessor_that_nobody_has_buried_is_passed_over(folder, postmaster):
    postmaster._child.kill()
    os.waitid(os.P_PID, postmaster._child.pid, os.WEXITED | os.WNOWAIT)
    settle(folder / "postgres", None)
    assert psutil.Process(postmaster._child.pid).status() == psutil.STATUS_ZOMBIE
    assert not (folder / "postgres/postmaster.pid").exists()


def test_a_server_that_hangs_is_stopped_all_the_same(folder, postmaster):
    postmaster._child.send_signal(signal.SIGSTOP)
    postmaster.stop(patience_seconds=0.05)
    assert not postmaster.alive()
    settle(folder / "postgres", None)


def test_a_server_that_is_never_ready_is_given_up(folder):
    postmaster = start(folder)
    with pytest.raises(Exception, match=r"was not ready within -1 s\. See .*postgres\.log"):
        postmaster.wait_ready(seconds=-1)
    postmaster.stop()


async def test_a_first_start_that_is_killed_leaves_nothing_half_made():
    with short_folder() as home:
        killing = home / "bin"
        killing.mkdir(mode=0o755)
        (killing / "postgres").symlink_to(BINARIES / "postgres")
        os.mkfifo(killing / "half made")
        (killing / "half made").chmod(0o666)
        half = 'mkdir "$2" && echo 18 > "$2/PG_VERSION" && echo > "${0%initdb}half made"'
        (killing / "initdb").write_text(f"#!/bin/sh\n{half}\nexec sleep 60\n")
        (killing / "initdb").chmod(0o755)
        data = home / "data"
        with owner(data, killing) as program:
            assert (killing / "half made").read_text() == "\n"
            program.kill()
        assert program.returncode == -signal.SIGKILL
        assert len(list(data.glob("postgres-new-*/postgres/PG_VERSION"))) == 1
        with started(data) as embedded:
            assert await ask(embedded.url, "select 1") == 1
        assert list(data.glob("postgres-new-*")) == []
