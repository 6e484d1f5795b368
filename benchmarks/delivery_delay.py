"""How long it takes from the commit of an event until the endpoint has it."""

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from benchmarks import parts
from benchmarks.delivery_parts import webhooks, worker
from benchmarks.delivery_processes import running, settings
from benchmarks.delivery_receiving import Receiver, recording
from benchmarks.table import note, show
from db import event, ids, migrate
from db.actor import OPERATOR, Origin
from db.database import Database
from db.event import Event
from db.event_type import EventType, Happened
from db.hub import Hub
from db.listener import Listener

RATES = (50, 500)
MEMO = "m" * 900
OF_OWNER = "SELECT id, subject_id FROM event WHERE event.organization_id = $1"
PLACES = ("in the server's process", "tollhouse worker, apart")
SETTLING_SECONDS = 2
WRITERS = 10


async def announced(database: Database, owner: UUID, subject: str) -> float:
    """Commit one event; when that was done."""
    origin = Origin(OPERATOR, parts.now())
    happened = Happened(EventType.INVOICE_CREATED, subject, {"id": subject, "memo": MEMO})
    async with database.transaction() as connection:
        await event.announce(connection, owner, origin, happened)
    return time.time()


async def load(
    database: Database, owner: UUID, rate: int, seconds: float, name: str = "measured"
) -> dict[str, float]:
    """Commit so many events a second, or as many as ten writers manage; when each was."""
    committed: dict[str, float] = {}
    numbers = iter(range(int(rate * seconds)))
    began = time.perf_counter()

    async def write() -> None:
        for number in numbers:
            await asyncio.sleep(max(began + number / rate - time.perf_counter(), 0))
            subject = f"{name}_{number}"
            committed[subject] = await announced(database, owner, subject)

    await asyncio.gather(*(write() for _ in range(WRITERS)))
    return committed


@asynccontextmanager
async def working(database: Database, hub: Hub, url: str, place: str) -> AsyncGenerator[None]:
    """A worker inside the block; the listener tells the other processes, as the server's does."""
    if place == PLACES[0]:
        async with worker(database, hub):
            yield
        return
    with running(["worker"], settings(url)) as process:
        await asyncio.to_thread(process.wait_ready)
        yield


async def delays(
    database: Database, owner: UUID, receiver: Receiver, rate: int, seconds: float
) -> tuple[list[float], float]:
    """Milliseconds of each event, and how many a second there were."""
    receiver.take()
    await load(database, owner, rate, 1, "warmup")
    await asyncio.sleep(SETTLING_SECONDS)
    receiver.take()
    committed = await load(database, owner, rate, seconds)
    await asyncio.sleep(SETTLING_SECONDS)
    arrived = {arrival.message_id: arrival.at for arrival in receiver.take()}
    async with database.reading() as connection:
        rows = await connection.fetch(OF_OWNER, owner)
    id_of = {subject: ids.shown(Event.PREFIX, id) for id, subject in rows}
    # What arrives before its writer has heard of the commit took no time at all.
    spent = [
        max(arrived[id_of[subject]] - moment, 0) * 1_000 for subject, moment in committed.items()
    ]
    return spent, len(spent) / (max(committed.values()) - min(committed.values()))


async def measure(url: str, receiver: Receiver, seconds: float) -> None:
    await migrate.upgrade(url)
    rows: list[list[object]] = []
    for place in PLACES:
        for rate in RATES:
            hub = Hub()
            async with parts.opened(url, tell=hub.tell) as database:
                listener = asyncio.create_task(Listener(url, _unheard, _unheard, hub).run())
                owner = await parts.organization(database, f"at-{rate}-{PLACES.index(place)}")
                await webhooks(database, owner, receiver.port, 1)
                async with working(database, hub, url, place):
                    some, real = await delays(database, owner, receiver, rate, seconds)
                listener.cancel()
                with suppress(asyncio.CancelledError):
                    await listener
            cuts = statistics.quantiles(some, n=100)
            rows.append([place, rate, int(real), cuts[49], cuts[94], cuts[98], max(some)])
            note(f"  {rows[-1]}")
    show(["worker", "events/s asked for", "reached", "p50 ms", "p95", "p99", "longest"], rows)


def _unheard(_: object) -> None:
    """A benchmark keeps nothing of any key."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="of each measurement")
    chosen = parser.parse_args()
    with parts.cluster() as url, recording() as receiver:
        asyncio.run(measure(url, receiver, chosen.seconds))


if __name__ == "__main__":
    main()
