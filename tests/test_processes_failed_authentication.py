"""Three servers on one database let in no more failing attempts than docs/limits.md says."""

import asyncio
import time
from contextlib import ExitStack

import pytest
from aiohttp import ClientSession

from access.shared_throttle import SHARE
from access.token import mint
from tests.embedded_parts import ask
from tests.fleet import post
from tests.serve_parts import serving

SERVERS = 3
BURST, PER_SECOND = 20, 0.5
SECONDS = 5


@pytest.fixture
def urls(database_url, tmp_path):
    with ExitStack() as held:
        servers = [
            held.enter_context(serving(tmp_path, "serve", "--no-worker", DATABASE_URL=database_url))
            for _ in range(SERVERS)
        ]
        yield [server.wait_ready() for server in servers]
        assert [server.stop() for server in servers] == [0] * SERVERS


async def tried(session, url, until):
    """What became of made-up tokens until then, one after the other."""
    statuses = []
    while time.monotonic() < until:
        status, answer = await post(session, url, mint().text, "{ __typename }")
        statuses.append(status)
        assert (
            answer["errors"][0]["extensions"]["code"]
            == {
                401: "UNAUTHENTICATED",
                429: "RATE_LIMITED",
            }[status]
        )
        await asyncio.sleep(0.005)
    return statuses


async def test_they_let_in_what_one_would_and_a_share_of_each_other_one(urls, database_url):
    began = time.monotonic()
    async with ClientSession() as session:
        counted = await asyncio.gather(*(tried(session, url, began + SECONDS) for url in urls))
    let_in = sum(statuses.count(401) for statuses in counted)
    alone = BURST + PER_SECOND * (time.monotonic() - began)

    # One attempt at each server may be under way when others are heard of, for it has one client.
    assert let_in <= alone + (SERVERS - 1) * SHARE + SERVERS, (let_in, alone)
    assert let_in >= BURST, (let_in, alone)
    assert all(statuses[-1] == 429 for statuses in counted)
    assert await ask(database_url, "SELECT count(*) FROM api_key") == 0
