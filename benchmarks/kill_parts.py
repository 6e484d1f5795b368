"""What is killed stands under this load, and under this eye."""

import asyncio
import socket
import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import aiohttp
import asyncpg

from benchmarks.delivery_receiving import Arrival, Receiver
from db import ids
from db.event import Event
from execution.watching import watched

WRITERS = 8
LOOK_SECONDS = 0.1
REQUEST_SECONDS = 20
# The rate counts as back once this much of it holds for so long.
BACK, WINDOW_SECONDS = 0.95, 2.0
CREATE = """mutation { createProduct(input: {name: "Mug",
  price: {amount: "9.50", currency: "EUR"}}) { product { id } } }"""
# The key was made before there was a webhook, and nobody is told of it.
EVENTS = "SELECT id, subject_id FROM event WHERE type = 'product.created'"


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Load:
    """Asks the server to make so many products a second, and keeps those it said it made."""

    def __init__(self, port: int, token: str, rate: float) -> None:
        self._url, self._rate = f"http://127.0.0.1:{port}/graphql", rate
        self._headers = {"Authorization": f"Bearer {token}"}
        self._next_at = 0.0
        self.acknowledged: set[str] = set()

    @asynccontextmanager
    async def on(self) -> AsyncGenerator[None]:
        """Write inside the block; a request that is under way at its end is waited for."""
        stop = asyncio.Event()
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.TaskGroup() as group:
            for _ in range(WRITERS):
                group.create_task(self._write(session, stop))
            try:
                yield
            finally:
                stop.set()

    async def _write(self, session: aiohttp.ClientSession, stop: asyncio.Event) -> None:
        while not stop.is_set():
            now = time.monotonic()
            # What couldn't be asked in time isn't made up for.
            self._next_at = max(self._next_at + 1 / self._rate, now - 1 / self._rate)
            await asyncio.sleep(self._next_at - now)
            # An answer that is lost tells nothing about whether it was done.
            with suppress(aiohttp.ClientError, TimeoutError):
                async with session.post(
                    self._url, json={"query": CREATE}, headers=self._headers
                ) as response:
                    self._keep(await response.json(content_type=None))

    def _keep(self, answer: Any) -> None:
        if "errors" not in answer:
            self.acknowledged.add(answer["data"]["createProduct"]["product"]["id"])


class Watch:
    """All that arrives, in its order."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self.arrivals: list[Arrival] = []

    def on(self) -> AbstractAsyncContextManager[None]:
        return watched(self._look())

    async def _look(self) -> None:
        while True:
            self.arrivals += self._receiver.take()
            await asyncio.sleep(LOOK_SECONDS)

    def rate(self, since: float, until: float) -> float:
        return sum(since <= each.at < until for each in self.arrivals) / (until - since)

    async def back_after(self, began: float, rate: float, patience: float) -> float | None:
        """Seconds from a fault's beginning until the rate was back, None where it wasn't.

        Looked for from now on, when the fault is over: it takes hold later than it begins.
        """
        start = time.time()
        while start - began < patience:
            await asyncio.sleep(max(start + WINDOW_SECONDS + LOOK_SECONDS * 2 - time.time(), 0))
            if self.rate(start, start + WINDOW_SECONDS) >= BACK * rate:
                return start - began
            start += LOOK_SECONDS
        return None

    def counted(self) -> Counter[tuple[str, str]]:
        """How often each event came to each endpoint."""
        return Counter((each.message_id, each.path) for each in self.arrivals)


class Toll:
    """What is missing, and what came more than once, of all that was committed."""

    def __init__(self, lost: int, twice: int, unknown: int, events: int) -> None:
        self.lost, self.twice, self.unknown, self.events = lost, twice, unknown, events


async def toll(url: str, load: Load, watch: Watch, paths: list[str], patience: float) -> Toll:
    """Wait until all has come, but no longer than this; then count."""
    connection: Any = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(EVENTS)
    finally:
        await connection.close()
    committed = {ids.shown(Event.PREFIX, id): subject for id, subject in rows}
    unwritten = load.acknowledged - set(committed.values())
    wanted = {(id, path) for id in committed for path in paths}
    for _ in range(int(patience / LOOK_SECONDS)):
        if watch.counted().keys() >= wanted:
            break
        await asyncio.sleep(LOOK_SECONDS)
    counted = watch.counted()
    lost = len(wanted - counted.keys()) + len(unwritten) * len(paths)
    twice = sum(times - 1 for times in counted.values())
    # An id that no event has would be one that didn't stay the same.
    unknown = len({id for id, _ in counted} - committed.keys())
    return Toll(lost, twice, unknown, len(committed))
