"""Deliveries a second of one worker, beside a bare client that posts the same bytes."""

import asyncio
import time

import aiohttp

from benchmarks import parts
from benchmarks.delivery_parts import PAYLOAD, SECRET, fill, receiver, webhooks, worker
from benchmarks.table import show
from db import migrate
from db.database import Database
from db.hub import Hub
from delivery.signing import headers_for

COUNT = 10_000
ENDPOINTS = (1, 10, 1_000)
AT_ONCE = 32
LEFT = "SELECT EXISTS (SELECT FROM webhook_delivery WHERE status = 'PENDING')"


async def bare(port: int, endpoints: int, count: int) -> float:
    """Requests a second of an aiohttp client, many at once, that does nothing else."""
    body = PAYLOAD.encode()
    headers = headers_for([SECRET], "evt_x", parts.now(), body)
    urls = [f"http://127.0.0.1:{port}/{number}" for number in range(endpoints)]
    numbers = iter(range(count))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def post() -> None:
            for number in numbers:
                url = urls[number % endpoints]
                async with session.post(url, data=body, headers=headers) as response:
                    await response.read()

        began = time.perf_counter()
        await asyncio.gather(*(post() for _ in range(AT_ONCE)))
        return count / (time.perf_counter() - began)


async def delivered(database: Database, hub: Hub, count: int) -> float:
    async with worker(database, hub):
        began = time.perf_counter()
        async with database.reading() as connection:
            while await connection.fetchval(LEFT):  # noqa: ASYNC110  # tables set no events
                await asyncio.sleep(0.02)
        return count / (time.perf_counter() - began)


async def measure(url: str, port: int) -> None:
    await migrate.upgrade(url)
    hub = Hub()
    rows: list[tuple[str, ...]] = []
    async with parts.opened(url, tell=hub.tell) as database:
        for endpoints in ENDPOINTS:
            owner = await parts.organization(database, f"with-{endpoints}")
            hooks = await webhooks(database, owner, port, endpoints)
            await fill(database, owner, hooks, COUNT, parts.now())
            limit = await bare(port, endpoints, COUNT)
            ours = await delivered(database, hub, COUNT)
            again = await bare(port, endpoints, COUNT)
            limit = (limit + again) / 2
            rows.append((str(endpoints), f"{ours:,.0f}", f"{limit:,.0f}", f"{ours / limit:.2f}"))
            print(rows[-1], flush=True)
    show(("endpoints", "deliveries/s", "bare client/s", "ratio"), rows)


def main() -> None:
    with parts.cluster() as url, receiver() as port:
        asyncio.run(measure(url, port))


if __name__ == "__main__":
    main()
