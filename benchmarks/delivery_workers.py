"""What workers on one database cost each other: statements a second, idle and beside a lane."""

import argparse
import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from benchmarks import parts
from benchmarks.delivery_delay import announced
from benchmarks.delivery_parts import receiver, webhooks, worker
from benchmarks.table import show
from db import migrate
from db.database import Database
from db.hub import Hub
from delivery.upkeep import Upkeep

EVENTS_A_SECOND: Final = 50
KINDS: Final = {
    "WITH RECURSIVE lane": "look for lanes",
    "INSERT INTO webhook_lane": "lease",
    "AS lane (organization_id": "read",
    "WITH outcome AS": "settle",
}


class Counting:
    """The statements of one worker, by what they are for."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __call__(self, logged: Any) -> None:
        kinds = [name for part, name in KINDS.items() if part in logged.query]
        self.counts[kinds[0] if kinds else "other"] += 1


@asynccontextmanager
async def working(url: str, hub: Hub, counting: Counting) -> AsyncGenerator[None]:
    async with (
        parts.opened(url, tell=hub.tell, logger=counting) as database,
        worker(database, hub),
    ):
        keeping = asyncio.create_task(Upkeep(database, parts.now, timedelta(days=30)).run())
        yield
        keeping.cancel()
        await asyncio.wait([keeping])


async def counted(
    url: str, database: Database, hubs: list[Hub], owner: UUID, seconds: int, *, busy: bool
) -> list[Counting]:
    """What each worker did, the one that had the lane first."""
    async with AsyncExitStack() as stack:
        countings = [Counting() for _ in hubs]
        for hub, counting in zip(hubs, countings, strict=True):
            await stack.enter_async_context(working(url, hub, counting))
        # What is done at the start isn't counted.
        await announced(database, owner, "inv_first")
        await asyncio.sleep(7)
        for counting in countings:
            counting.counts.clear()
        for number in range(seconds * EVENTS_A_SECOND):
            if busy:
                await announced(database, owner, f"inv_{number}")
            await asyncio.sleep(1 / EVENTS_A_SECOND)
    return sorted(countings, key=lambda counting: -counting.counts["settle"])


async def measure(url: str, seconds: int) -> list[list[object]]:
    rows: list[list[object]] = []
    with receiver() as port:
        for count in (1, 2, 8):
            hubs = [Hub() for _ in range(count)]

            def tell(news: Any, hubs: list[Hub] = hubs) -> None:
                for hub in hubs:
                    hub.tell(news)

            async with parts.opened(url, tell=tell) as database:
                for busy in (False, True):
                    owner = await parts.organization(database, f"owner-{count}-{busy}".lower())
                    await webhooks(database, owner, port, 1)
                    found = await counted(url, database, hubs, owner, seconds, busy=busy)
                    for place, one in enumerate(found[:2]):
                        whose = "the lane's" if busy and not place else "another"
                        counts = [one.counts[name] / seconds for name in (*KINDS.values(), "other")]
                        what = f"{EVENTS_A_SECOND} events/s" if busy else "idle"
                        rows.append([count, what, whose, sum(counts), *counts])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of each measurement")
    chosen = parser.parse_args()
    with parts.cluster() as url:
        asyncio.run(migrate.upgrade(url))
        rows = asyncio.run(measure(url, chosen.seconds))
        show(["workers", "while", "which", "statements/s", *KINDS.values(), "other"], rows)


if __name__ == "__main__":
    main()
