"""The server as a newcomer meets it: a first start, lines to paste, a second start, an end."""

import asyncio
import contextlib
import json
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import asyncpg
import psutil
import pytest

from db.embedded import InUse, attached
from tests.cli_parts import TOKEN
from tests.embedded_parts import BINARIES, ROOT, is_free, postgres_of, short_folder
from tests.serve_parts import ENVIRONMENT, PATIENCE_SECONDS, Served, ask, serving

LOCK = "begin; lock table invoice_counter"
WAITING = "select count(*) from pg_locks where not granted"
CREATE = """mutation { createInvoice(input: { lines: [
{ description: "x", unitPrice: { amount: "1", currency: "EUR" } }
] }) { invoice { number } } }"""
NAMES = "{ products(first: 100) { nodes { name } } }"


class First(NamedTuple):
    """What a first start said, and what came of it."""

    server: Served
    token: str
    answers: list[tuple[int, Any]]
    products: Any
    malformed: bytes
    database: psutil.Process
    code: int


@pytest.fixture(scope="module")
def folder():
    with short_folder() as home:
        yield home / "data"


@pytest.fixture(scope="module")
def first(folder):
    with serving(folder) as server:
        url = server.wait_ready()
        lines = [line.strip() for line in server.said if line.startswith("  curl ")]
        token = TOKEN.search(lines[0])[0]
        answers = [pasted(line) for line in lines]
        products, malformed = ask(url, token, NAMES), malformed_answer(url, token)
        database = postgres_of(folder)
        code = server.stop()
        return First(server, token, answers, products, malformed, database, code)


def pasted(line):
    """The status and the body that a line of curl's shows."""
    if shutil.which("curl") is None:  # pragma: no cover - then the line is read in its place
        _, _, endpoint, _, authorization, _, _, _, body = shlex.split(line)
        return sent(endpoint, authorization, body)
    shown = subprocess.run(
        line, shell=True, capture_output=True, text=True, check=True, timeout=60
    ).stdout
    head, _, body = shown.partition("\n\n")
    return int(head.split()[1]), json.loads(body)


def sent(endpoint, authorization, body):  # pragma: no cover - as above
    headers = dict([authorization.split(": "), ("Content-Type", "application/json")])
    try:
        with urlopen(Request(endpoint, body.encode(), headers)) as answer:
            return answer.status, json.load(answer)
    except HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


def malformed_answer(url, token):
    """What is said of a request whose token stands where it can't be read."""
    with connection(url) as client:
        client.sendall(f"GET /graphql HTTP/1.1\r\nAuthorization {token}\r\n\r\n".encode())
        return client.recv(12)


def test_the_first_line_works_and_the_others_are_refused(first):
    (works, products), (lacks, scope), (far, address) = first.answers

    assert (works, lacks, far) == (200, 403, 403)
    assert len(products["data"]["products"]["nodes"]) == 3
    [missing], [elsewhere] = scope["errors"], address["errors"]
    assert missing["extensions"]["code"] == "MISSING_SCOPE"
    assert missing["extensions"]["missing"] == ["products.create"]
    assert elsewhere["extensions"]["code"] == "IP_NOT_ALLOWED"


def test_ready_is_the_last_line_and_shows_the_real_port(first):
    said = first.server.said

    assert said[-1].startswith("ready http://127.0.0.1:")
    assert int(said[-1].rpartition(":")[2]) > 0
    assert [line for line in said if line.startswith("ready")] == said[-1:]


def test_the_log_says_what_the_database_is_for_and_has_no_tokens(first):
    server = first.server

    [line] = [line for line in server.logged if "for trying, developing and testing" in line]
    assert "docs/operating.md" in line
    assert TOKEN.search("".join(server.said))
    assert [line for line in server.logged if "th_" in line or "Invalid" in line] == []


def test_an_interrupt_ends_all_of_it(first, folder):
    assert first.code == 0
    assert not first.database.is_running()
    assert is_free(folder)


def test_a_second_start_has_the_data_and_tells_how_to_get_a_token(first, folder):
    with serving(folder) as server:
        url = server.wait_ready()
        [line] = [line.strip() for line in server.said if " keys create " in line]
        token = subprocess.run(
            line, shell=True, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True
        ).stdout.strip()

        assert TOKEN.search("".join(server.said)) is None
        assert ask(url, token, NAMES) == first.products
        with pytest.raises(InUse):
            is_free(folder)
        assert server.stop(signal.SIGTERM) == 0
    assert is_free(folder)


@pytest.mark.usefixtures("first")
def test_the_demo_beside_a_server_says_where_that_one_answers(folder):
    settings = ENVIRONMENT | {"TOLLHOUSE_DATA": str(folder), "TOLLHOUSE_PORT": "8402"}

    def said(*flags):
        command = [sys.executable, "server.py", "demo", *flags]
        return subprocess.check_output(
            command, cwd=ROOT, env=settings, text=True, stderr=subprocess.STDOUT
        )

    with serving(folder) as server:
        url = server.wait_ready()
        beside, told = said(), said("--port", "99")
        assert server.stop() == 0

    assert f"GraphQL is served at {url}/graphql." in beside
    assert "--port" not in beside
    assert beside.count(f"curl -i {url}/graphql") == 3
    assert "GraphQL is served at http://127.0.0.1:99/graphql." in told


def test_a_malformed_request_is_refused(first):
    assert first.malformed == b"HTTP/1.0 400"


def connection(url):
    host, _, port = url.removeprefix("http://").partition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def wait_until_closed(url):
    """Nobody is let in any more."""
    with contextlib.suppress(ConnectionRefusedError, ConnectionResetError):
        while True:
            connection(url).close()


@contextlib.contextmanager
def held_up(folder):
    """While this block runs, invoices wait for a lock; it gives a way to wait until one does."""
    with attached(folder, BINARIES) as url, asyncio.Runner() as runner:
        connection = runner.run(asyncpg.connect(url))
        runner.run(connection.execute(LOCK))

        def wait_until_one_waits():
            while not runner.run(connection.fetchval(WAITING)):
                pass

        try:
            yield wait_until_one_waits
        finally:
            connection.terminate()
            runner.run(asyncio.sleep(0))


def test_a_request_under_way_is_answered_before_the_end(first, folder):
    with serving(folder) as server, ThreadPoolExecutor() as pool:
        url = server.wait_ready()
        with held_up(folder) as wait_until_one_waits:
            answer = pool.submit(ask, url, first.token, CREATE)
            wait_until_one_waits()
            server.process.send_signal(signal.SIGINT)
            wait_until_closed(url)
        assert server.ended() == 0

    assert answer.result()["data"]["createInvoice"]["invoice"]["number"] == "INV-000005"


def test_a_second_interrupt_ends_it_at_once(first, folder):
    with serving(folder) as server, ThreadPoolExecutor() as pool:
        url, database = server.wait_ready(), postgres_of(folder)
        with held_up(folder) as wait_until_one_waits:
            answer = pool.submit(ask, url, first.token, CREATE)
            wait_until_one_waits()
            server.process.send_signal(signal.SIGINT)
            wait_until_closed(url)
            assert server.stop() == 128 + signal.SIGINT
    assert isinstance(answer.exception(), OSError)
    # The system tells it, and it ends in its own time.
    database.wait(timeout=PATIENCE_SECONDS)
    assert is_free(folder)
