"""The life of `tollhouse serve`, in this process: with all its parts but HTTP."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys

import pytest
import structlog

from access.caller import Caller
from access.check import known_key
from access.encryption import EncryptionKeys
from access.networks import parse_address
from access.token import parse
from cli import background
from cli.settings import MAIL_IS_OFF
from db.api_key import find_by_token_id
from db.ids import new_uuid
from db.token import Use
from tests.cli_parts import C_LETTERS, NOW, TOKEN, Command, another_database

NOWHERE = "postgresql://me:hush@127.0.0.1:1/shop"
OTHERS = ("changes of keys are heard", MAIL_IS_OFF)
USED = "select host(last_used_ip) from api_key_usage"
ADDRESS = parse_address("192.0.2.1")


@pytest.fixture(autouse=True)
def as_before():
    """What a server sets for its whole process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    signals = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level
    for number, handler in signals.items():
        signal.signal(number, handler)


async def interrupt_when_ready():
    while b"ready " not in sys.stdout.buffer.getvalue():
        await asyncio.sleep(0)
    os.kill(os.getpid(), signal.SIGINT)


class Serving(Command):
    """Serves until something inside the block of `listening` ends it."""

    def __init__(self, url, data):
        super().__init__(url, data)
        self.environment |= {"TOLLHOUSE_PORT": "0", "TOLLHOUSE_DATABASE_WAIT": "0"}
        self.listening = self.listen
        self.running = None

    @contextlib.asynccontextmanager
    async def listen(self, running):
        self.running = running
        assert not running.cache.is_sure, "nothing kept is good before changes are heard"
        self.interrupting = asyncio.create_task(interrupt_when_ready())
        yield

    def logged(self, result):
        return [json.loads(line) for line in result.stderr.splitlines()]


@pytest.fixture
def tollhouse(database_url, tmp_path):
    return Serving(database_url, tmp_path / "data")


def test_it_serves_until_it_is_interrupted(tollhouse):
    result = tollhouse("serve")

    assert result.stdout.startswith("ready http://127.0.0.1:")
    assert result.stdout.count("\n") == 1
    assert [one.fileno() for one in tollhouse.running.sockets] == [-1]


def test_it_serves_with_the_secrets_of_its_folder(tollhouse):
    tollhouse("serve")

    made = tollhouse.running.peppers.show(), tollhouse.running.encryption.show()
    assert [(tollhouse.data / name).read_text() for name in ("peppers", "encryption-keys")] == [
        f"{keys}\n" for keys in made
    ]
    tollhouse("serve")
    assert tollhouse.running.encryption.show() == made[1]


@pytest.mark.parametrize(("options", "sends"), [((), True), (("--no-worker",), False)])
def test_it_sends_unless_workers_apart_do(tollhouse, options, sends):
    told = tollhouse.logged(tollhouse("serve", *options))

    assert (tollhouse.sending is not None) is sends
    assert (MAIL_IS_OFF in [entry["event"] for entry in told]) is sends


def test_what_is_sent_comes_from_the_parts_that_serve(tollhouse):
    tollhouse("serve")

    running, sending = tollhouse.running, tollhouse.sending
    assert (sending.database, sending.hub) == (running.database, running.hub)
    assert sending.encryption is running.encryption


def lose(path):
    path.unlink()


def replace(path):
    path.write_text(EncryptionKeys.generate().show())


def open_up(path):
    path.chmod(0o644)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lose, " is missing, and secrets in the database rest on it."),
        (replace, " isn't the one that secrets in the database rest on."),
        (open_up, " is open to other users (mode 0644)."),
    ],
)
def test_without_its_encryption_keys_it_does_not_start(tollhouse, spoil, fault):
    tollhouse("serve")
    tollhouse.running = None
    spoil(tollhouse.data / "encryption-keys")

    assert f"encryption-keys{fault}" in tollhouse.refused("serve")
    assert tollhouse.running is None


def test_a_demo_is_made_where_it_is_wanted(tollhouse):
    tollhouse.environment["TOLLHOUSE_DEMO"] = "1"

    assert len(set(TOKEN.findall(tollhouse("serve").stdout))) == 3
    second = tollhouse("serve").stdout
    assert "keys create --organization demo --name Another --data" in second
    assert TOKEN.search(second) is None


def test_the_last_uses_are_written(tollhouse):
    tollhouse("organizations", "create", "Acme")
    token = tollhouse.json("keys", "create", "--name", "A")["token"]
    outer = tollhouse.listening

    @contextlib.asynccontextmanager
    async def listening(running):
        async with running.database.reading() as connection:
            row = await find_by_token_id(connection, parse(token).id)
        running.usage.note(Caller(known_key(row), ADDRESS), NOW)
        async with outer(running):
            yield

    tollhouse.listening = listening
    tollhouse("serve")

    assert tollhouse.ask(USED) == "192.0.2.1"


def test_uses_that_are_lost_are_told(tollhouse, monkeypatch):
    use = Use(new_uuid(NOW), new_uuid(NOW), NOW, ADDRESS)

    @contextlib.asynccontextmanager
    async def listening(running):
        monkeypatch.setattr(running.usage, "take", lambda: [use])
        try:
            async with tollhouse.listen(running):
                yield
        finally:
            await running.database.close()

    tollhouse.listening = listening
    told = tollhouse.logged(tollhouse("serve"))

    assert [entry["event"] for entry in told if entry["level"] == "warning"] == [
        "The last uses of keys are lost."
    ]


def test_a_fault_in_the_background_ends_it_and_is_logged(tollhouse, monkeypatch):
    class Fault(Exception):
        pass

    def clock():
        if tollhouse.running is not None:
            raise Fault
        return NOW

    @contextlib.asynccontextmanager
    async def listening(running):
        tollhouse.running = running
        yield

    tollhouse.listening, tollhouse.clock = listening, clock
    monkeypatch.setattr(background, "EXPIRY_SECONDS", 0)
    told = tollhouse.logged(tollhouse("serve", code=1))

    [entry] = [entry for entry in told if entry["level"] == "error"]
    assert entry["event"] == "The process ends: a background task has a fault."
    assert "raise Fault" in entry["exception"]


def test_tables_are_made_and_slow_searches_are_told(migrated_url, tmp_path):
    with another_database(migrated_url, "slow", C_LETTERS) as url:
        tollhouse = Serving(url, tmp_path / "data")
        told = tollhouse.logged(tollhouse("serve"))
        again = tollhouse.logged(tollhouse("serve"))

    def events(entries):
        return [e["event"].partition(":")[0] for e in entries if e["event"] not in OTHERS]

    slow = "The database's lc_ctype is C"
    assert events(told) == ["The tables were brought up.", slow]
    assert events(again) == [slow]


def test_a_database_that_is_not_there_ends_it_with_the_reason(tmp_path):
    said = Serving(NOWHERE, tmp_path / "data").refused("serve")

    assert said.startswith("The database can't be reached: ")
    assert "hush" not in said


def test_a_port_in_use_ends_it_before_anything_is_made(tmp_path):
    tollhouse = Serving(None, tmp_path / "data")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = tollhouse.refused("serve", "--port", str(port))

    assert said.startswith(f"Can't listen on http://127.0.0.1:{port}: another program listens")
    assert not tollhouse.data.exists()


def test_an_interrupt_while_it_starts_is_no_failure(tmp_path, monkeypatch):
    def interrupt(_folder):
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("cli.serve.find_binaries", interrupt)
    result = Serving(None, tmp_path / "data")("serve")

    assert result.stdout == ""
