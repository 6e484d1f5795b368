"""What is lost and what comes twice while servers, workers and the database are killed."""

import argparse
import asyncio
import os
import random
import signal
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks import parts
from benchmarks.delivery_parts import webhooks
from benchmarks.delivery_processes import Process, running, settings
from benchmarks.delivery_receiving import recording
from benchmarks.kill_parts import Load, Toll, Watch, free_port, toll
from benchmarks.table import note, show
from db import migrate
from db.embedded import Embedded

RATE = 20
STEADY_SECONDS = 4
PATIENCE_SECONDS = 30
HOLD_SECONDS = 3
KILLS = 50
# More than the database has.
MOST, GOES = 120, 4
OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"""
ENDPOINTS = 2


@dataclass
class Scene:
    """All that can be killed, and what is seen of it."""

    embedded: Embedded
    server: Process
    worker: Process
    watch: Watch

    async def again(self, process: Process) -> None:
        """Killed, and started at once, as a supervisor does it."""
        await asyncio.to_thread(process.kill)
        process.start_again()


Fault = Callable[[Scene], Awaitable[None]]


async def server_killed(scene: Scene) -> None:
    await scene.again(scene.server)


async def worker_killed(scene: Scene) -> None:
    await scene.again(scene.worker)


async def postgres_killed(scene: Scene) -> None:
    connection: Any = await asyncpg.connect(scene.embedded.url)
    folder = Path(await connection.fetchval("SHOW data_directory"))
    connection.terminate()
    pid = int((folder / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(scene.embedded.restart)


async def postgres_restarted(scene: Scene) -> None:
    await asyncio.to_thread(scene.embedded.restart)


async def backends_killed(scene: Scene) -> None:
    connection: Any = await asyncpg.connect(scene.embedded.url)
    await connection.execute(OTHERS)
    await connection.close()


async def slots_taken(scene: Scene) -> None:
    """All connections that the database has are another's for a while."""

    async def take() -> Any:
        return await asyncpg.connect(scene.embedded.url, server_settings={"application_name": ""})

    held: list[Any] = []
    # Who loses its connection asks for another at once, so it takes more than one go.
    for _ in range(GOES):
        taken = await asyncio.gather(*(take() for _ in range(MOST)), return_exceptions=True)
        held += [one for one in taken if not isinstance(one, BaseException)]
        await held[0].execute(f"{OTHERS} AND application_name = 'tollhouse'")
    await asyncio.sleep(HOLD_SECONDS)
    for connection in held:
        connection.terminate()


async def pool_exhausted(scene: Scene) -> None:
    """Each connection of the server waits for a lock for a while, as do those of the worker."""
    connection: Any = await asyncpg.connect(scene.embedded.url)
    async with connection.transaction():
        await connection.execute("LOCK TABLE webhook, event, webhook_delivery")
        await asyncio.sleep(HOLD_SECONDS)
    await connection.close()


FAULTS: dict[str, Fault] = {
    "server killed (SIGKILL)": server_killed,
    "worker killed (SIGKILL)": worker_killed,
    "PostgreSQL restarted": postgres_restarted,
    "PostgreSQL killed (SIGKILL)": postgres_killed,
    "all its backends terminated": backends_killed,
    f"all its connections taken, {HOLD_SECONDS} s": slots_taken,
    f"pools exhausted by locks, {HOLD_SECONDS} s": pool_exhausted,
}


@asynccontextmanager
async def played(embedded: Embedded) -> AsyncGenerator[tuple[Scene, Load, list[str]]]:
    """A server that sends too, a worker apart, and an organization with two webhooks."""
    await migrate.upgrade(embedded.url)
    async with AsyncExitStack() as held:
        receiver = held.enter_context(recording())
        async with parts.opened(embedded.url) as database:
            owner = await parts.organization(database, "killed")
            token = (await parts.key(database, owner)).token
            await webhooks(database, owner, receiver.port, ENDPOINTS)
        port = free_port()
        environment = settings(embedded.url, TOLLHOUSE_PORT=str(port))
        server = held.enter_context(running(["serve"], environment))
        worker = held.enter_context(running(["worker"], environment))
        await asyncio.to_thread(server.wait_ready)
        await asyncio.to_thread(worker.wait_ready)
        watch = Watch(receiver)
        await held.enter_async_context(watch.on())
        paths = [f"/{number}" for number in range(ENDPOINTS)]
        yield Scene(embedded, server, worker, watch), Load(port, token, RATE), paths


async def once(embedded: Embedded, fault: Fault) -> list[object]:
    """The rate before, the fault, and how long it takes until the rate is back."""
    async with played(embedded) as (scene, load, paths):
        async with load.on():
            # The first requests fill caches.
            await asyncio.sleep(2)
            before = time.time()
            await asyncio.sleep(STEADY_SECONDS)
            rate = scene.watch.rate(before, time.time() - 0.2)
            began = time.time()
            await fault(scene)
            back = await scene.watch.back_after(began, rate, PATIENCE_SECONDS)
        found = await toll(embedded.url, load, scene.watch, paths, PATIENCE_SECONDS)
    return [*_row(found), rate, "not back" if back is None else f"{back:.1f}"]


async def at_random(embedded: Embedded, kills: int) -> list[object]:
    """So many kills of the server or the worker, each started at once."""
    async with played(embedded) as (scene, load, paths):
        async with load.on():
            for number in range(kills):
                await asyncio.sleep(random.uniform(0.2, 2))
                victim = random.choice([scene.server, scene.worker])
                await scene.again(victim)
                # Half of the time the next kill may hit a process that has just begun to start.
                if number % 2:
                    await asyncio.to_thread(victim.wait_ready)
            await asyncio.sleep(STEADY_SECONDS)
        found = await toll(embedded.url, load, scene.watch, paths, PATIENCE_SECONDS)
    return [*_row(found), 0.0, ""]


def _row(found: Toll) -> list[object]:
    assert not found.unknown, f"{found.unknown} ids arrived that no event has"
    return [found.events, found.events * ENDPOINTS, found.lost, found.twice]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS, help="of servers and workers at random")
    chosen = parser.parse_args()
    rows: list[list[object]] = []
    randomly = partial(at_random, kills=chosen.kills)
    cases = {name: partial(once, fault=fault) for name, fault in FAULTS.items()}
    for name, play in {**cases, f"{chosen.kills} SIGKILLs at random": randomly}.items():
        with parts.postgres() as embedded:
            rows.append([name, *asyncio.run(play(embedded))])
        note(f"  {rows[-1]}")
    titles = ["what happens", "events", "deliveries", "lost", "twice", "rate before/s", "back s"]
    show(titles, rows)


if __name__ == "__main__":
    main()
