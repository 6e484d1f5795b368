"""What the queue costs by its length: millions of deliveries, beside thousands elsewhere."""

import argparse
import asyncio
import itertools
import time
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid4

from benchmarks import delivery_filling, delivery_pages, parts
from benchmarks.delivery_filling import OWNER, Size
from benchmarks.delivery_pages import EACH, FIRST, LANES, after, delivered
from benchmarks.scale import Work, compared, row
from benchmarks.table import note, show
from db import delivery_list, delivery_queue, ids
from db.database import Database, connect
from db.delivery_rows import LaneKey
from db.page import Ask

FINISHED = Size(5_000_000, 0, 100, 2), Size(5_000, 0, 100, 2)
WAITING = Size(5_600_000, 83, 1_001, 6), Size(5_600, 83, 1_001, 2)
SMALL = UUID(int=50)
TOUCHED = ["few", "many", "ratio", "read", "of many", "whole", "of many", "kB", "of many"]
FILTERS: Mapping[str, Mapping[str, Any]] = {
    "webhook: the one with most": {"webhook_id": FIRST},
    "webhook: another": {"webhook_id": SMALL},
    "status: DELIVERED": {"status": "DELIVERED"},
    "status: FAILED": {"status": "FAILED"},
    "status: PENDING": {"status": "PENDING"},
    "type: a fifth": {"event_type": "product.updated"},
    "type: none has it": {"event_type": "api_key.rotated"},
    "webhook, status and type": {
        "webhook_id": FIRST,
        "status": "FAILED",
        "event_type": "invoice.paid",
    },
    "times: two days, a fortnight ago": {
        "created_after": parts.now() - timedelta(days=15),
        "created_before": parts.now() - timedelta(days=13),
    },
    "times and status": {
        "created_before": parts.now() - timedelta(days=13),
        "status": "CANCELLED",
    },
}
T = TypeVar("T")


class Side(NamedTuple):
    """One of two databases, with places in its list."""

    database: Database
    places: list[UUID]


class Clock:
    """How long each step took, in milliseconds."""

    def __init__(self) -> None:
        self.spent: dict[str, list[float]] = {}

    async def timed(self, name: str, work: Awaitable[T]) -> T:
        began = time.perf_counter()
        done = await work
        self.spent.setdefault(name, []).append((time.perf_counter() - began) * 1000)
        return done


async def claims(side: Side, holder: UUID, turns: Iterator[int], clock: Clock) -> None:
    """One round of a worker's, for a hundred deliveries of ten lanes; what it took is put back."""
    turn = next(turns) * (LANES - 1)
    async with side.database.reading() as connection:
        found = await clock.timed(
            "find the lanes in which something is due",
            delivery_queue.find(connection, holder, delivery_queue.FIRST, parts.now(), 1_000),
        )
        others = [key for key in found.lanes if key.webhook_id != FIRST]
        wanted = [others[(turn + n) % len(others)] for n in range(LANES - 1)]
        wanted.append(LaneKey(OWNER, FIRST))
        await clock.timed("lease ten", delivery_queue.take(connection, holder, wanted, 5))
        rooms = dict.fromkeys(wanted, EACH)
        rows = await clock.timed(
            "read a hundred that are due", delivery_queue.due(connection, rooms, [], parts.now())
        )
        outcomes = [delivered(due) for due in rows]
        await clock.timed("settle them", delivery_queue.settle(connection, outcomes))
    news = [ids.new_uuid(parts.now()) for _ in rows]
    await delivery_filling.refill(side.database, news, [due.webhook_id for due in rows])


async def claimed(sides: Sequence[Side], rounds: int) -> list[list[object]]:
    """A round of each in turn."""
    clocks = [Clock() for _ in sides]
    turns = [itertools.count() for _ in sides]
    holders = [uuid4() for _ in sides]
    for _ in range(rounds + 10):
        for place, side in enumerate(sides):
            await claims(side, holders[place], turns[place], clocks[place])
    few, many = (clock.spent for clock in clocks)
    return [row(name, few[name][10:], many[name][10:]) for name in few]


def pages(side: Side) -> dict[str, Work]:
    """Each page of the list, as the API asks for it."""
    places = itertools.cycle(side.places)

    async def page(ask: Ask, filters: Mapping[str, Any]) -> object:
        async with side.database.reading() as connection:
            return await delivery_list.page(connection, OWNER, ask, filters)

    async def deep() -> object:
        return await page(after(next(places)), {})

    async def again() -> object:
        return await page(after(side.places[0]), {})

    async def count() -> object:
        async with side.database.reading() as connection:
            return await delivery_list.count(connection, OWNER, {})

    def filtered(filters: Mapping[str, Any]) -> Work:
        return lambda: page(Ask(20), filters)

    return {
        "page: the newest 20": filtered({}),
        "page: the oldest 20": lambda: page(Ask(last=20), {}),
        "page: 20 after a cursor anywhere": deep,
        "page: 20 after the same cursor each time": again,
        "totalCount": count,
        **{f"page by {name}": filtered(filters) for name, filters in FILTERS.items()},
    }


async def measured(
    urls: Sequence[str], rounds: int
) -> tuple[list[list[object]], list[list[object]]]:
    """Milliseconds, and what is touched."""
    async with AsyncExitStack() as held:
        sides: list[Side] = []
        for url in urls:
            database = await held.enter_async_context(parts.opened(url, size=1))
            sides.append(Side(database, await delivery_filling.places(database)))
            await delivery_filling.due_in_each(database, EACH)
        rows = await claimed(sides, rounds)
        asked = [pages(side) for side in sides]
        for name in asked[0]:
            few, many = await compared([side[name] for side in asked], rounds)
            rows.append(row(name, few, many))
        touched = [await delivery_pages.counted(side.database, side.places) for side in sides]
        return rows, delivery_pages.compared(*touched)


async def drained(url: str) -> list[list[object]]:
    async with parts.opened(url, size=1) as database:
        return await delivery_pages.drained(database)


async def another(url: str, name: str) -> str:
    connection = await connect(url)
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    before, _, after = url.rpartition("/tollhouse?")
    return f"{before}/{name}?{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200, help="of each measurement")
    parser.add_argument("--scale", type=float, default=1, help="of the large tables")
    chosen = parser.parse_args()
    with parts.cluster() as url:
        for name, (large, small) in {"finished": FINISHED, "waiting": WAITING}.items():
            size = large._replace(deliveries=int(large.deliveries * chosen.scale))
            urls: list[str] = []
            for kind, each in (("few", small), ("many", size)):
                urls.append(asyncio.run(another(url, f"{name}_{kind}")))
                note(f"Filling: {each.deliveries:,} deliveries, {each.pending} % of them pending")
                asyncio.run(delivery_filling.fill(urls[-1], each))
            note(f"Measuring, {chosen.rounds} rounds each")
            rows, touched = asyncio.run(measured(urls, chosen.rounds))
            titles = ["milliseconds", f"{small.deliveries:,}", f"{size.deliveries:,}"]
            show([*titles, "ratio", "p95", "p95 of many", ""], rows)
            show(["pages touched", *TOUCHED], touched)
            if size.pending:
                rows = asyncio.run(drained(urls[-1]))
                show(["read a hundred of one lane", "first ms", "median", "pages"], rows)


if __name__ == "__main__":
    main()
