"""How long the first delivery of an endpoint waits while another has thousands that are due."""

import argparse
import asyncio
import statistics
import time
from contextlib import suppress
from typing import NamedTuple
from uuid import UUID

from benchmarks import parts
from benchmarks.delivery_delay import announced
from benchmarks.delivery_parts import fill, webhooks, worker
from benchmarks.delivery_receiving import HANGS, Arrival, Receiver, recording
from benchmarks.table import note, show
from db import migrate
from db.database import Database
from db.hub import Hub

DUE = 10_000
HANGING = 100
MANY_HANGING = 500
AIM_SECONDS = 1
PATIENCE_SECONDS = 60
# How long the backlog is sent before the other's event happens.
AHEAD_SECONDS = 3
AIM_AT = "UPDATE webhook SET url = $2 || id WHERE organization_id = $1"


class Case(NamedTuple):
    """So many organizations, each with so many endpoints, and so many deliveries that are due."""

    organizations: int
    endpoints: int
    due: int
    hangs: bool


CASES = {
    f"one that hangs, {DUE:,} due": Case(1, 1, DUE, hangs=True),
    f"one that answers, {DUE:,} due": Case(1, 1, DUE, hangs=False),
    f"{HANGING} that hang, {DUE:,} due": Case(1, HANGING, DUE, hangs=True),
    **{
        f"{MANY_HANGING} that hang, of {n} organizations": Case(
            n, MANY_HANGING // n, DUE // n, hangs=True
        )
        for n in (2, 20, 250)
    },
}


async def _arrival(receiver: Receiver, path: str) -> tuple[float, list[Arrival]]:
    """When the first one came that has this path, and all that came until then."""
    end, before = time.time() + PATIENCE_SECONDS, list[Arrival]()
    while time.time() < end:
        for arrival in receiver.take():
            if arrival.path == path:
                return arrival.at, before
            before.append(arrival)
        await asyncio.sleep(0.01)
    raise RuntimeError(f"Nothing came at {path} within {PATIENCE_SECONDS} s.")


async def backlog(database: Database, owner: UUID, receiver: Receiver, case: Case) -> None:
    hooks = await webhooks(database, owner, receiver.port, case.endpoints)
    path = f"http://127.0.0.1:{receiver.port}{HANGS if case.hangs else '/busy'}/"
    async with database.reading() as connection:
        await connection.execute(AIM_AT, owner, path)
    await fill(database, owner, hooks, case.due, parts.now())


async def _waited(
    database: Database, hub: Hub, receiver: Receiver, name: str, *, same_owner: bool
) -> list[float]:
    """Seconds from the commit to the arrival of another endpoint's deliveries, five in turn."""
    case, number = CASES[name], list(CASES).index(name)
    owners = [
        await parts.organization(database, f"busy-{number}-{same_owner}-{each}".lower())
        for each in range(case.organizations)
    ]
    for owner in owners:
        await backlog(database, owner, receiver, case)
    other = owners[0] if same_owner else await parts.organization(database, f"other-{number}")
    waited: list[float] = []
    async with worker(database, hub):
        await asyncio.sleep(AHEAD_SECONDS)
        for turn in range(5):
            # Each time a webhook that nobody has sent to, and that knows nothing of the others.
            [hook] = await webhooks(database, other, receiver.port, 1)
            path = f"/good/{number}/{same_owner}/{turn}".lower()
            async with database.reading() as connection:
                await connection.execute(
                    "UPDATE webhook SET url = $3 WHERE organization_id = $1 AND id = $2",
                    other,
                    hook,
                    f"http://127.0.0.1:{receiver.port}{path}",
                )
            committed = await announced(database, other, f"inv_{turn}")
            at, _ = await _arrival(receiver, path)
            waited.append(at - committed)
            await asyncio.sleep(0.5)
    return waited


async def measure(url: str, receiver: Receiver, only: str) -> list[list[object]]:
    rows: list[list[object]] = []
    for name in (name for name in CASES if only in name):
        for same_owner in (True, False):
            hub = Hub()
            async with parts.opened(url, tell=hub.tell) as database:
                waited = await _waited(database, hub, receiver, name, same_owner=same_owner)
                # What is left would be in the way of the next case.
                async with database.reading() as connection:
                    await connection.execute(
                        "UPDATE webhook_delivery SET status = 'CANCELLED', next_attempt_at = NULL,"
                        " completed_at = now() WHERE status = 'PENDING'"
                    )
            whose = "the same" if same_owner else "another"
            verdict = "" if max(waited) <= AIM_SECONDS else "above the aim"
            first, middle, longest = waited[0], statistics.median(waited), max(waited)
            rows.append([name, whose, *(ms * 1_000 for ms in (first, middle, longest)), verdict])
            note(f"  {rows[-1]}")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="what the case's name has in it")
    only: str = parser.parse_args().only
    with parts.cluster() as url, recording() as receiver, suppress(KeyboardInterrupt):
        asyncio.run(migrate.upgrade(url))
        rows = asyncio.run(measure(url, receiver, only))
        titles = ["the busy endpoint", "organization", "first ms", "median", "longest", ""]
        show(titles, rows)


if __name__ == "__main__":
    main()
