"""What the tests of sending share."""

import asyncio
from datetime import UTC, datetime

from aiohttp.abc import AbstractResolver, ResolveResult

from delivery.sender import Sender
from tests.receiver import LOOPBACK

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
HEADERS = {"content-type": "application/json", "webhook-id": "msg_1"}


def sender(networks=LOOPBACK, **options):
    return Sender(networks, lambda: NOW, **{"timeout_seconds": 5, **options})


async def post(port, *, body=b"{}", scheme="http", **options):
    """Send once, from a sender of its own, to what listens on the port."""
    async with sender(**options) as one:
        return await one.send(f"{scheme}://127.0.0.1:{port}/hooks", HEADERS, body)


async def closed(one):
    """Wait until the sender has no socket open any more."""
    async with asyncio.timeout(5):
        while one._guard.open_sockets:
            await asyncio.sleep(0.001)


class Names(AbstractResolver):
    """A name server that gives each answer once, and the last one from then on."""

    def __init__(self, *answers):
        self._answers = list(answers)
        self.asked = []

    async def resolve(self, host, port=0, family=0):
        self.asked.append(host)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [
            ResolveResult(hostname=host, host=text, port=port, family=family, proto=0, flags=0)
            for text in answer
        ]

    async def close(self):
        """There is nothing to close."""
