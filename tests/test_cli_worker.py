"""The worker apart from any server: beside one, on a database of its own, and in this process."""

import asyncio
import logging
import os
import signal

import pytest
import structlog

from cli import background
from db.listener import Listener
from tests.arrivals import CREATE_PRODUCT, CREATE_WEBHOOK, ENVIRONMENT, arriving
from tests.cli_parts import TOKEN, Command
from tests.embedded_parts import is_free, short_folder
from tests.serve_parts import ask, serving


@pytest.fixture
def folder():
    with short_folder() as home:
        yield home / "data"


@pytest.fixture(autouse=True)
def as_before():
    """What a worker sets for its whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level
    for number, handler in signals.items():
        signal.signal(number, handler)


def made(url, token, query):
    answer = ask(url, token, query)
    assert "errors" not in answer, answer
    return answer["data"]


def test_beside_a_server_that_sends_nothing_the_worker_does(folder):
    with arriving() as arrivals, serving(folder, "serve", "--no-worker", **ENVIRONMENT) as server:
        url = server.wait_ready()
        token = TOKEN.search("".join(server.said))[0]
        made(url, token, CREATE_WEBHOOK.format(arrivals.url))
        made(url, token, CREATE_PRODUCT.format("before"))
        assert not arrivals.ids
        with serving(folder, "worker", **ENVIRONMENT) as worker:
            worker.wait_for("working")
            arrivals.wait_for({"before"})
            made(url, token, CREATE_PRODUCT.format("during"))
            arrivals.wait_for({"during"})
            assert worker.stop(signal.SIGTERM) == 0
            # The database is the server's, and goes on.
            made(url, token, CREATE_PRODUCT.format("after"))
        assert server.stop() == 0
    assert is_free(folder)
    # What is left over is sent by a worker that starts the database itself.
    assert {name: len(ids) for name, ids in arrivals.ids.items()} == {"before": 1, "during": 1}


def test_the_worker_starts_the_database_where_no_server_runs(folder):
    with serving(folder, "serve", "--no-worker", **ENVIRONMENT) as server:
        server.wait_ready()
        assert server.stop() == 0
    with serving(folder, "worker", **ENVIRONMENT) as worker:
        worker.wait_for("working")
        assert worker.stop() == 0
    assert is_free(folder)


def test_without_a_database_it_says_how_to_get_one(tmp_path):
    command = Command(None, tmp_path / "data")

    assert command.refused("worker").startswith("There is no database in ")
    assert command.sending is None


class Working(Command):
    """Works until what is to be sent has been handed over."""

    async def delivering(self, delivery):
        self.sending = delivery
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()


def test_it_works_on_the_database_that_was_named(database_url, tmp_path):
    command = Working(database_url, tmp_path / "data")
    result = command("worker", "--deliveries", "7")

    assert result.stdout == "working\n"
    assert "Mail is off" in result.stderr
    assert command.sending.settings.deliveries == 7
    keys = (command.data / "encryption-keys").read_text()
    assert keys == f"{command.sending.encryption.show()}\n"


def test_with_a_mail_server_nothing_is_said_of_it(database_url, tmp_path):
    command = Working(database_url, tmp_path / "data")
    mail = ("--smtp-url", "smtp://127.0.0.1:25?starttls=off", "--mail-from", "a@shop.test")

    assert "Mail is off" not in command("worker", *mail).stderr


def test_invoices_expire_by_a_worker_too(database_url, tmp_path, monkeypatch):
    expired = []

    async def expire(database, clock):
        expired.append((database, clock()))
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.Event().wait()

    monkeypatch.setattr(background, "expire_invoices", expire)
    monkeypatch.setattr(background, "EXPIRY_SECONDS", 0)
    command = Command(database_url, tmp_path / "data")
    command("worker")

    assert [database for database, _ in expired] == [command.sending.database]


def test_a_fault_ends_it_and_is_logged(database_url, tmp_path, monkeypatch):
    async def faulty(_self):
        raise ZeroDivisionError

    monkeypatch.setattr(Listener, "run", faulty)
    result = Command(database_url, tmp_path / "data")("worker", code=1)

    assert "The process ends: a background task has a fault." in result.stderr


def test_an_interrupt_while_it_starts_is_no_failure(database_url, tmp_path, monkeypatch):
    def interrupt(*_, **__):
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("cli.worker.database_url", interrupt)

    assert Command(database_url, tmp_path / "data")("worker").stdout == ""
