"""Three servers on one database keep to one key's limit together."""

import asyncio
import re
import time
from contextlib import ExitStack

import pytest
from aiohttp import ClientSession

from tests.cli_parts import Command
from tests.serve_parts import serving

# Reading the document costs each server some hundreds, or thousands where the machine is busy.
PER_SECOND, BURST, SERVERS = 2_000, 16_000, 3
SECONDS = 4
# What one request costs, and so what each server may let in beyond what is left.
COST = 110
PAGE = "{ products(first: 100) { nodes { id } } }"
TOKEN = re.compile(r"th_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}")


@pytest.fixture
def token(database_url, tmp_path):
    command = Command(database_url, tmp_path)
    command("organizations", "create", "--name", "Acme", "--slug", "acme")
    return TOKEN.search(command("keys", "create", "--organization", "acme", "--name", "K").stdout)[
        0
    ]


@pytest.fixture
def urls(database_url, tmp_path):
    settings = {
        "DATABASE_URL": database_url,
        "TOLLHOUSE_RATE_LIMIT": str(60 * PER_SECOND),
        "TOLLHOUSE_RATE_BURST": str(BURST),
    }
    with ExitStack() as held:
        servers = [held.enter_context(serving(tmp_path, **settings)) for _ in range(SERVERS)]
        yield [server.wait_ready() for server in servers]


async def asked(session, url, token, until):
    """What was let in, and refused, until then; as fast as one connection goes."""
    let_in = refused = 0
    headers = {"Authorization": f"Bearer {token}"}
    while time.monotonic() < until:
        async with session.post(f"{url}/graphql", json={"query": PAGE}, headers=headers) as answer:
            remaining = int(re.search(r"r=(\d+)", answer.headers["RateLimit"])[1])
            assert answer.status == 200 or (answer.status == 429 and remaining == 0)
            let_in, refused = let_in + (answer.status == 200), refused + (answer.status == 429)
    return let_in, refused


async def test_they_let_in_what_one_would_and_a_quarter_of_the_burst_each(token, urls):
    began = time.monotonic()
    async with ClientSession() as session:
        counted = await asyncio.gather(
            *(asked(session, url, token, began + SECONDS) for url in urls)
        )
    spent = COST * sum(let_in for let_in, _ in counted)
    alone = BURST + PER_SECOND * (time.monotonic() - began)

    assert all(refused > 0 for _, refused in counted), counted
    assert spent <= alone + SERVERS * (BURST / 4 + COST), (spent, alone, counted)
    # And no less: a server that was told of something left let it in.
    assert spent >= alone - SERVERS * BURST / 8, (spent, alone, counted)
