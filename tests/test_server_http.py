"""The server as a process of its own: audited, called by a page, and ended under a stream."""

import asyncio
import signal

from aiohttp import ClientSession

from tests.cli_parts import TOKEN
from tests.clients import program
from tests.embedded_parts import short_folder
from tests.serve_parts import serving
from tests.test_clients_audit import faults

SHOP = "https://shop.example"
PREFLIGHT = {"Origin": SHOP, "Access-Control-Request-Method": "POST"}
FOLLOW = {"query": "subscription { notificationAdded { id } }"}


async def test_it_passes_the_audit_lets_a_page_call_and_ends_its_streams():
    with short_folder() as home, serving(home / "data", TOLLHOUSE_CORS_ORIGINS=SHOP) as server:
        url = await asyncio.to_thread(server.wait_ready) + "/graphql"
        token = TOKEN.search("".join(server.said))[0]
        async with program("audit", url, token) as audit:
            assert faults(await audit.said()) == []
        headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
        async with ClientSession() as session:
            async with session.options(url, headers=PREFLIGHT) as preflight:
                assert preflight.status == 204
                assert preflight.headers["Access-Control-Allow-Origin"] == SHOP
            async with session.post(url, json=FOLLOW, headers=headers) as stream:
                assert await stream.content.readline() == b":\n"
                server.process.send_signal(signal.SIGTERM)
                assert await stream.content.read() == b"\n"

        assert await asyncio.to_thread(server.ended) == 0
