"""The queue alone, claiming and settling without HTTP, beside pgqueuer and procrastinate."""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import NamedTuple

from benchmarks import parts, queue_others
from benchmarks.delivery_parts import fill, webhooks
from benchmarks.delivery_scale import delivered
from benchmarks.table import note, show
from db import delivery_queue, migrate
from db.database import Database
from delivery.lane import AHEAD, WIDEST
from delivery.settling import MOST_AT_ONCE

# What a worker reads of one webhook that answers as fast as it is sent to.
OF_ONE = AHEAD * WIDEST
WORKERS_LEASE_SECONDS = 5
HOLDER = delivery_queue.NOBODY


class Contender(NamedTuple):
    """`fill` puts so many jobs into the queue, and `drain` takes and settles them all."""

    name: str
    fill: Callable[[int], Awaitable[None]]
    drain: Callable[[int], Awaitable[int]]
    # How many jobs at once: each is tried, and the best is compared.
    sizes: Sequence[int]


class Spent(NamedTuple):
    jobs_per_second: float
    cpu_microseconds: float


class Ours:
    """The house's queue, as its worker uses it, with so many webhooks."""

    def __init__(self, database: Database, webhook_count: int) -> None:
        self._database, self._webhook_count = database, webhook_count
        self._filled = 0

    async def fill(self, count: int) -> None:
        self._filled += 1
        slug = f"with-{self._webhook_count}-{self._filled}"
        owner = await parts.organization(self._database, slug)
        hooks = await webhooks(self._database, owner, 1, self._webhook_count)
        await fill(self._database, owner, hooks, count, parts.now())

    async def drain(self, size: int) -> int:
        done, after = 0, delivery_queue.FIRST
        async with self._database.reading() as connection:
            found = await delivery_queue.find(connection, HOLDER, after, parts.now(), 1_000)
            await delivery_queue.take(connection, HOLDER, found.lanes, WORKERS_LEASE_SECONDS)
            rooms = dict.fromkeys(found.lanes, size // len(found.lanes))
            while rows := await delivery_queue.due(connection, rooms, [], parts.now()):
                outcomes = [delivered(row) for row in rows]
                done += len(await delivery_queue.settle(connection, outcomes))
            await delivery_queue.let_go(connection, HOLDER, found.lanes)
        return done


async def measure(contender: Contender, count: int, size: int) -> Spent:
    await contender.fill(count)
    wall, cpu = time.perf_counter(), time.process_time()
    done = await contender.drain(size)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert done == count, f"{contender.name} did {done} of {count}"
    return Spent(count / wall, cpu / count * 1_000_000)


async def best_size(contender: Contender, count: int) -> int:
    """The size with which it does the most, by trying each."""
    if len(contender.sizes) == 1:
        return contender.sizes[0]
    rates = {size: (await measure(contender, count, size))[0] for size in contender.sizes}
    note(f"  {contender.name}: " + ", ".join(f"{n} at once {r:,.0f}/s" for n, r in rates.items()))
    return max(rates, key=lambda size: rates[size])


async def compare(url: str, jobs: int, rounds: int) -> None:
    await migrate.upgrade(url)
    async with AsyncExitStack() as held:
        database = await held.enter_async_context(parts.opened(url, size=2))
        one, hundred = Ours(database, 1), Ours(database, 100)
        queuer = await held.enter_async_context(queue_others.pgqueuer(url))
        crastinate = await held.enter_async_context(queue_others.procrastinate(url))
        contenders = [
            Contender("Tollhouse, 1 webhook", one.fill, one.drain, [OF_ONE]),
            Contender("Tollhouse, 100 webhooks", hundred.fill, hundred.drain, [MOST_AT_ONCE]),
            Contender("pgqueuer", queuer.fill, queuer.drain, [10, 128, 500, 1_000]),
            Contender("procrastinate", crastinate.fill, crastinate.drain, [1, 4, 10, 20]),
        ]
        sizes = [await best_size(each, jobs // 4) for each in contenders]
        spent: list[list[Spent]] = [[] for _ in contenders]
        for number in range(rounds):
            for place, each in enumerate(contenders):
                spent[place].append(await measure(each, jobs, sizes[place]))
            note(f"  round {number + 1}: " + ", ".join(f"{s[-1][0]:,.0f}/s" for s in spent))
        report(contenders, sizes, spent)


def report(
    contenders: Sequence[Contender], sizes: Sequence[int], spent: Sequence[Sequence[Spent]]
) -> None:
    best = statistics.median(each.jobs_per_second for each in spent[0])
    rows: list[list[object]] = []
    for contender, size, each in zip(contenders, sizes, spent, strict=True):
        rates = [one.jobs_per_second for one in each]
        cpu = statistics.median(one.cpu_microseconds for one in each)
        rate = statistics.median(rates)
        span = f"{min(rates):,.0f} to {max(rates):,.0f}"
        rows.append([contender.name, size, int(rate), span, rate / best, int(cpu)])
    titles = ["queue", "at once", "jobs/s", "from, to", "of the first", "its CPU, us each"]
    show(titles, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=20_000, help="for each queue in each round")
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with parts.cluster() as url:
        run = partial(compare, url, chosen.jobs, chosen.rounds)
        asyncio.run(run())


if __name__ == "__main__":
    main()
