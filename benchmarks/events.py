"""What an event costs for each of its subscribers, by programs and by graphql-core; no sockets."""

import argparse
import asyncio
import statistics
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from ipaddress import ip_address
from typing import Any, NamedTuple
from uuid import UUID

import db.notification_list
from access.cache import KeyCache
from access.caller import Caller
from benchmarks import parts
from benchmarks.table import note, show
from db import migrate
from db.actor import OPERATOR, Origin
from db.database import Database
from db.news import Kind, News
from db.notification import NotificationCategory
from db.notification_made import notify
from execution.application import Parts
from execution.documents import Documents
from execution.events import next_event
from execution.guard_rules import GuardRules
from execution.library import Library
from execution.outcome import Outcome
from execution.planned import Planned
from execution.request import Sent
from execution.run import Runner
from execution.serving import Serving
from execution.socket_caller import SocketCaller
from execution.toll import Toll
from schema.context import Context, House

FOLLOW = "subscription { notificationAdded { id category title body status createdAt } }"
MOST_SECONDS = 10
ADDRESS = ip_address("192.0.2.1")
WAYS = {"program": True, "graphql-core": False}


async def nobody(_id: str, _caller: Caller) -> None:
    """No document is trusted here."""


def serving(of: Parts, *, compiles: bool) -> Serving:
    schema = of.api._schema  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Strawberry has no other way to it
    documents = Documents(schema, GuardRules(), compiles=compiles)
    runner = Runner(schema, documents, Library(nobody), Toll(of.budgets, of.audience))
    secrets = of.peppers, of.encryption
    house = House(of.database, of.cache, *secrets, of.hub, of.webhook_networks)
    return Serving(runner, of.check, house, of.usage, of.clock)


class Crowd:
    """Subscribers to one field, each of whom does what a stream of events does, but its socket."""

    def __init__(self, serving: Serving, token: str, planned: Planned) -> None:
        self._serving, self._token, self._planned = serving, token, planned
        self._told, self._listening, self._size = 0, 0, 0
        self._all_listen, self._all_told = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def following(self, size: int) -> AsyncGenerator[None]:
        self._size, self._listening = size, 0
        self._all_listen.clear()
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._follow()) for _ in range(size)]
            await self._all_listen.wait()
            yield
            for task in tasks:
                task.cancel()

    async def round(self, what: News) -> None:
        """Tell all of the news, and wait until all have written it."""
        self._told = 0
        self._all_told.clear()
        self._serving.house.hub.tell([what])
        async with asyncio.timeout(MOST_SECONDS):
            await self._all_told.wait()

    async def shown(self, event: Any, times: int) -> float:
        """CPU seconds of showing an event, once all is there."""
        caller = SocketCaller(self._serving, self._token, ADDRESS)
        began = time.process_time()
        for _ in range(times):
            await self._shown(caller, event)
        return (time.process_time() - began) / times

    async def _follow(self) -> None:
        caller = SocketCaller(self._serving, self._token, ADDRESS)
        source = await self._serving.runner.subscribe(self._planned, await self._context(caller))
        assert not isinstance(source, Outcome), source
        self._listening += 1
        if self._listening == self._size:
            # It listens before the others get their turn again.
            self._all_listen.set()
        async with aclosing(source):
            async for event in source:
                await self._shown(caller, event)
                self._told += 1
                if self._told == self._size:
                    self._all_told.set()

    async def _shown(self, caller: SocketCaller, event: Any) -> bytes:
        context = await self._context(caller)
        outcome = await self._serving.runner.execute(self._planned, context, event)
        assert not outcome.errors, outcome.errors
        return next_event({"data": outcome.data})

    async def _context(self, caller: SocketCaller) -> Context:
        now, known = await caller.known()
        return Context(known, now, "benchmark", self._serving.house)


class Told(NamedTuple):
    """CPU for each event told, and the time until the last subscriber is told."""

    cpu_seconds: float
    seconds: float


async def told(crowd: Crowd, what: News, size: int, least_seconds: float) -> Told:
    async with crowd.following(size):
        await crowd.round(what)
        rounds, cpu, began = 0, time.process_time(), time.monotonic()
        while time.monotonic() - began < least_seconds:
            await crowd.round(what)
            rounds += 1
        spent, passed = time.process_time() - cpu, time.monotonic() - began
    return Told(spent / rounds / size, passed / rounds)


async def prepared(database: Database, owner: UUID) -> tuple[News, Any]:
    """News of a notification, and its row."""
    origin = Origin(OPERATOR, parts.now())
    async with database.transaction() as connection:
        await notify(connection, owner, origin, NotificationCategory.SYSTEM, "Hello", "World", None)
        id = await connection.fetchval("SELECT id FROM notification")
    async with database.reading() as connection:
        row = await db.notification_list.find(connection, owner, id)
    return News(Kind.NOTIFICATION, owner, id, id), row


async def crowds(database: Database, token: str) -> dict[str, Crowd]:
    found: dict[str, Crowd] = {}
    for way, compiles in WAYS.items():
        one = serving(parts.house(database, KeyCache()), compiles=compiles)
        caller = await one.check.caller(token, ADDRESS, one.clock())
        planned = await one.runner.planned(Sent(FOLLOW, {}, None), caller)
        found[way] = Crowd(one, token, planned)
    return found


async def measured(url: str, sizes: list[int], turns: int, seconds: float) -> list[list[object]]:
    await migrate.upgrade(url)
    async with parts.opened(url) as database:
        owner = await parts.organization(database, "listening")
        key = await parts.key(database, owner)
        what, row = await prepared(database, owner)
        found = await crowds(database, key.token)
        table: list[list[object]] = []
        for size in sizes:
            all_told: dict[str, list[Told]] = {way: [] for way in found}
            alone: dict[str, list[float]] = {way: [] for way in found}
            for _ in range(turns):
                for way, crowd in found.items():
                    all_told[way].append(await told(crowd, what, size, seconds))
                    alone[way].append(await crowd.shown(row, 200))
            note(f"  {size} subscribers")
            table += [[size, way, *figures(all_told[way], alone[way])] for way in found]
    return table


def figures(all_told: list[Told], alone: list[float]) -> list[object]:
    cpu = [each.cpu_seconds for each in all_told]
    last = statistics.median(each.seconds for each in all_told)
    spread = f"{min(cpu) * 1e6:,.0f} to {max(cpu) * 1e6:,.0f}"
    shown = round(statistics.median(alone) * 1e6)
    return [round(statistics.median(cpu) * 1e6), spread, shown, round(last * 1e3, 2)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, nargs="+", default=[1, 100, 1_000])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.25, help="of each way in each turn")
    chosen = parser.parse_args()
    titles = ["subscribers", "way", "CPU, us each", "from, to", "of it to show", "last told, ms"]
    with parts.cluster() as url:
        rows = asyncio.run(measured(url, chosen.subscribers, chosen.turns, chosen.seconds))
        show(titles, rows)


if __name__ == "__main__":
    main()
