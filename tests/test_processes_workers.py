"""One server of several processes: they share its port, and end with their parent."""

import json
import signal
import socket
from contextlib import contextmanager

import psutil
import pytest

from tests.cli_parts import TOKEN
from tests.embedded_parts import is_free, postgres_of, short_folder
from tests.serve_parts import PATIENCE_SECONDS, ask, serving

WORKERS = 3
WHO = "{ viewer { ip } }"
PRODUCTS = "{ products(first: 1) { totalCount } }"
HERE = {"data": {"viewer": {"ip": "127.0.0.1"}}}
# Connections enough that each process has taken some.
REQUESTS = 60


@contextmanager
def several(folder):
    with serving(folder, TOLLHOUSE_WORKERS=str(WORKERS)) as server:
        server.url = server.wait_ready()
        server.token = TOKEN.search("".join(server.said))[0]
        yield server


@pytest.fixture(scope="module")
def folder():
    with short_folder() as home:
        yield home / "data"


@pytest.fixture(scope="module")
def server(folder):
    """One for all tests but those that end one."""
    with several(folder) as server:
        yield server
        workers = workers_of(server)
        assert server.stop() == 0
        assert [worker for worker in workers if worker.is_running()] == []
        assert is_free(folder)


def workers_of(server):
    children = psutil.Process(server.process.pid).children()
    return [child for child in children if child.name().startswith("python")]


def listen_on(workers, port):
    """Those that have a socket of their own there, which isn't shared."""
    places = [
        (worker.pid, place.laddr.port)
        for worker in workers
        for place in worker.net_connections("tcp4")
        if place.status == psutil.CONN_LISTEN
    ]
    return sorted(pid for pid, its in places if its == port)


def sooner_or_later(condition):
    """Asked again and again, as often as it takes."""
    return any(iter(condition, None))


def port_of(server):
    return int(server.url.rpartition(":")[2])


def test_each_answers_on_the_one_port(server):
    workers = workers_of(server)

    assert len(workers) == WORKERS
    assert listen_on(workers, port_of(server)) == sorted(worker.pid for worker in workers)
    assert [ask(server.url, server.token, WHO) for _ in range(REQUESTS)] == [HERE] * REQUESTS
    assert len([line for line in server.said if line.startswith("ready ")]) == 1


def test_one_that_dies_is_replaced_and_nobody_waits_for_it(server):
    [first, *others] = workers_of(server)
    first.kill()

    first.wait(PATIENCE_SECONDS)
    assert [ask(server.url, server.token, WHO) for _ in range(REQUESTS)] == [HERE] * REQUESTS
    assert sooner_or_later(lambda: len(listen_on(workers_of(server), port_of(server))) == WORKERS)
    assert set(others) < set(workers_of(server))
    [told] = [json.loads(line) for line in server.logged if "another one is started" in line]
    assert (told["pid"], told["code"], told["level"]) == (first.pid, -signal.SIGKILL, "error")


def test_a_database_that_dies_is_started_again(server, folder):
    before = postgres_of(folder)
    before.kill()
    before.wait(PATIENCE_SECONDS)
    assert sooner_or_later(lambda: "errors" not in ask(server.url, server.token, PRODUCTS))

    assert postgres_of(folder) != before
    assert len([line for line in server.logged if "The embedded database has died" in line]) == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_second_server_does_not_join_the_port_of_the_first(server, tmp_path, workers):
    second = {"TOLLHOUSE_PORT": str(port_of(server)), "TOLLHOUSE_WORKERS": workers}
    with serving(tmp_path / "other", **second) as other:
        assert other.ended() == 1

    assert any("another program listens there" in line for line in other.logged)
    assert not (tmp_path / "other").exists()


def test_nobody_else_can_bind_the_port_beside_them(server):
    with socket.socket() as stranger, pytest.raises(OSError, match="Address already in use"):
        stranger.bind(("127.0.0.1", port_of(server)))


def test_a_killed_parent_takes_all_of_them_with_it():
    with short_folder() as home, several(home / "data") as server:
        [frozen, *others], database = workers_of(server), postgres_of(home / "data")
        frozen.suspend()
        server.process.kill()
        server.ended()

        assert psutil.wait_procs([frozen, *others, database], PATIENCE_SECONDS)[1] == []
        assert is_free(home / "data")


def test_a_signal_before_it_is_ready_starts_none():
    with short_folder() as home, serving(home / "data", TOLLHOUSE_WORKERS="2") as server:
        # The demo is told last before they are started.
        server.wait_for("This is a demo organization")
        server.process.send_signal(signal.SIGINT)

        assert server.ended() == 0
        assert is_free(home / "data")
    assert [line for line in server.said if line.startswith("ready ")] == []
