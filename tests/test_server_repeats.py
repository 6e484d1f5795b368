"""The server is killed before and after a change is committed; its client sends the same again."""

import asyncio
import json
import signal
import threading
import time
from contextlib import contextmanager
from http.client import HTTPException
from itertools import islice
from urllib.error import URLError
from urllib.request import Request, urlopen

import asyncpg
import pytest

from tests.blocked import WAITING
from tests.cli_parts import Command
from tests.serve_parts import serving

CREATE = """mutation($name: String!) { createApiKey(input: {name: $name}) {
  token apiKey { id name } } }"""
# Created with the organization's first key.
NAMES = "SELECT string_agg(name, ' ' ORDER BY name) FROM api_key"


@pytest.fixture
def tollhouse(database_url, tmp_path):
    command = Command(database_url, tmp_path)
    command("organizations", "create", "Acme")
    return command


def ask(url, token, name):
    """The bytes of the answer to a request whose key is the name."""
    body = json.dumps({"query": CREATE, "variables": {"name": name}}).encode()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": name,
    }
    with urlopen(Request(f"{url}/graphql", body, headers), timeout=30) as answer:
        return answer.read()


def lost(url, token, name):
    """Send a request whose answer never comes."""
    with pytest.raises((URLError, HTTPException, OSError)):
        ask(url, token, name)


@contextmanager
def blocked(url):
    """No change can be committed inside the block; the function waits until one tries to."""
    loop = asyncio.new_event_loop()
    connection = loop.run_until_complete(asyncpg.connect(url))

    def looks():
        while True:
            time.sleep(0.02)
            yield loop.run_until_complete(connection.fetchval(WAITING))

    def wait():
        assert any(islice(looks(), 1_500))

    try:
        loop.run_until_complete(connection.execute("BEGIN; LOCK TABLE audit_entry IN SHARE MODE"))
        yield wait
    finally:
        loop.run_until_complete(connection.close())
        loop.close()


def test_a_request_whose_server_was_killed_is_done_once(tollhouse, database_url):
    token = tollhouse.json("keys", "create", "--name", "Old")["token"]
    with serving(tollhouse.data, DATABASE_URL=database_url) as server:
        url = server.wait_ready()
        acknowledged = ask(url, token, "One")
        with blocked(database_url) as wait:
            sending = threading.Thread(target=lost, args=(url, token, "Two"))
            sending.start()
            wait()
            server.stop(signal.SIGKILL)
            sending.join()
    assert tollhouse.ask(NAMES) == "Old One"

    with serving(tollhouse.data, DATABASE_URL=database_url) as server:
        url = server.wait_ready()
        assert ask(url, token, "One") == acknowledged
        first = ask(url, token, "Two")
        assert ask(url, token, "Two") == first

    assert json.loads(first)["data"]["createApiKey"]["apiKey"]["name"] == "Two"
    assert tollhouse.ask(NAMES) == "Old One Two"
