"""A command uses the database of the server beside it, or else one of its own."""

import asyncio
from contextlib import ExitStack
from threading import Thread

import pytest

from db import embedded as module
from db.embedded import InUse, attached
from db.embedded_lock import Lock, Notice, visiting
from tests.embedded_parts import BINARIES, ask, is_free, short_folder, started


@pytest.fixture(scope="module")
def folder():
    with short_folder() as home:
        with started(home / "data"):
            pass
        yield home / "data"


@pytest.fixture
def running(folder):
    with started(folder) as embedded:
        yield embedded


async def test_a_command_beside_a_server_uses_its_database(running, folder):
    with attached(folder, BINARIES) as url:
        assert url == running.url
    assert await ask(url, "select 1") == 1


async def test_a_command_alone_starts_a_database_of_its_own(folder):
    with attached(folder, BINARIES) as url:
        assert await ask(url, "select 1") == 1
    assert is_free(folder)


async def test_a_command_that_fails_stops_its_database(folder):
    with pytest.raises(ZeroDivisionError), attached(folder, BINARIES):
        raise ZeroDivisionError
    assert is_free(folder)


async def test_a_command_keeps_its_database_while_another_uses_it(folder):
    first, second = ExitStack(), ExitStack()
    url = first.enter_context(attached(folder, BINARIES))
    assert second.enter_context(attached(folder, BINARIES)) == url
    leaving = Thread(target=first.close)
    leaving.start()
    leaving.join(0.3)
    assert leaving.is_alive()
    assert await ask(url, "select 1") == 1
    second.close()
    await asyncio.to_thread(leaving.join)
    assert is_free(folder)


async def test_a_command_waits_for_a_server_that_starts(running, folder, monkeypatch):
    notice = Notice(ready=True, sockets=folder / "postgres")
    running._lock.tell(notice._replace(ready=False))
    monkeypatch.setattr(module.time, "sleep", lambda _: running._lock.tell(notice))
    with attached(folder, BINARIES) as url:
        assert url == running.url


def test_a_command_gives_up_on_a_server_that_never_starts(folder):
    lock = Lock(folder)
    lock.take()
    with pytest.raises(InUse):
        attached(folder, BINARIES, patience_seconds=-1).__enter__()
    with visiting(folder):
        lock.release()
