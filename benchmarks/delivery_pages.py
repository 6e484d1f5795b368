"""What the queue's statements touch: pages of tables and indexes, and what they write."""

import statistics
import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID, uuid4

import orjson

from benchmarks import delivery_filling, parts
from benchmarks.delivery_filling import OWNER
from db import cursor, delivery_list, delivery_queue, ids
from db.database import Database
from db.delivery import DeliveryStatus
from db.delivery_rows import Due, LaneKey, Outcome
from db.page import Ask
from db.statement import Connection

FIRST = UUID(int=1)
EACH, LANES = 10, 10
ROUNDS = 30
EXPLAIN = "EXPLAIN (ANALYZE, BUFFERS, WAL, TIMING OFF, FORMAT JSON) "
WEBHOOKS = "SELECT count(*) FROM webhook WHERE organization_id = $1"
# As many are sent as a busy worker sends between two looks of autovacuum.
SENT = 100_000
SEND = """
UPDATE webhook_delivery SET status = 'DELIVERED', next_attempt_at = NULL, completed_at = now()
WHERE organization_id = $1 AND id IN (
  SELECT id FROM webhook_delivery
  WHERE organization_id = $1 AND webhook_id = $2 AND status = 'PENDING'
  ORDER BY next_attempt_at, id LIMIT $3)"""
# What a statement writes beside its answer is a plan of its own, and not counted with it.
ASIDE = {"CTE attempt", "CTE forgotten"}


class Touched(NamedTuple):
    """Pages that were touched, those of them that weren't in memory, and what was written."""

    pages: int
    read: int
    whole_pages: int
    wal_bytes: int


class Explaining:
    """A connection that runs statements, and gives what they touched in place of their rows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.touched: list[Touched] = []

    async def fetch(self, query: str, *values: Any, record_class: object) -> list[Any]:
        told = orjson.loads(await self._connection.fetchval(EXPLAIN + query, *values))
        root: Mapping[str, Any] = told[0]["Plan"]
        aside = [plan for plan in root.get("Plans", ()) if plan.get("Subplan Name") in ASIDE]
        found = [_touched(plan) for plan in (root, *aside)]
        self.touched.append(Touched(*map(sum, zip(*found, strict=True))))
        return []


def _touched(plan: Mapping[str, Any]) -> Touched:
    hit, read = plan["Shared Hit Blocks"], plan["Shared Read Blocks"]
    return Touched(hit + read, read, plan.get("WAL FPI", 0), plan.get("WAL Bytes", 0))


def delivered(due: Due) -> Outcome:
    now = parts.now()
    status = DeliveryStatus.DELIVERED
    number = due.attempt_count + 1
    owner = due.organization_id
    return Outcome(owner, due.id, number, 1, status, None, now, now, 12, 204, None, None)


def after(place: UUID) -> Ask:
    """The page of 20 that follows a place in the list."""
    newest = delivery_list.NEWEST
    mark = cursor.fingerprint(OWNER, "webhook_delivery", newest.order.name, newest.descending, {})
    return Ask(20, cursor.encode(mark, None, place))


async def counted(database: Database, places: Sequence[UUID]) -> dict[str, list[Touched]]:
    """Some rounds of a worker's, ten lanes and a hundred deliveries each, and as many pages."""
    found: dict[str, list[Touched]] = {}
    holder = uuid4()

    async def page(explaining: Any, place: UUID) -> None:
        await delivery_list.page(explaining, OWNER, after(place), {})

    for turn in range(ROUNDS):
        async with database.reading() as connection:
            explaining = Explaining(connection)
            told, now = cast("Any", explaining), parts.now()
            count = await connection.fetchval(WEBHOOKS, OWNER)
            others = [UUID(int=2 + (turn * LANES + n) % (count - 1)) for n in range(LANES - 1)]
            rooms = {LaneKey(OWNER, webhook): EACH for webhook in (FIRST, *others)}
            rows = await delivery_queue.due(connection, rooms, [], now)
            await delivery_queue.find(told, holder, delivery_queue.FIRST, now, 1_000)
            await delivery_queue.due(told, rooms, [], now)
            await delivery_queue.settle(told, [delivered(due) for due in rows])
            # Those at the end weren't asked for before.
            await page(told, places[-1 - turn])
            await page(told, places[-1 - turn])
        names = ("find", "read", "settle", "page after a cursor", "the same page again")
        for name, touched in zip(names, explaining.touched, strict=True):
            found.setdefault(name, []).append(touched)
        news = [ids.new_uuid(parts.now()) for _ in rows]
        await delivery_filling.refill(database, news, [due.webhook_id for due in rows])
    return found


async def drained(database: Database) -> list[list[object]]:
    """Reads of a hundred in a lane, before and after many of it were sent and not yet vacuumed.

    Milliseconds and pages; `since` is what a worker knows of where its last read began.
    """
    lane = LaneKey(OWNER, FIRST)
    rows: list[list[object]] = []
    async with database.reading() as connection:
        explaining = cast("Any", Explaining(connection))
        for name in ("before", f"{SENT:,} sent since the last VACUUM", "the same, known since"):
            if rows and name != "the same, known since":
                await connection.execute(SEND, *lane, SENT, timeout=600)
            since: dict[LaneKey, Any] = {}
            if name == "the same, known since":
                [first, *_] = await delivery_queue.due(connection, {lane: 1}, [], parts.now())
                since[lane] = first.next_attempt_at
            spent: list[float] = []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                await delivery_queue.due(connection, {lane: 100}, [], parts.now(), since)
                spent.append((time.perf_counter() - began) * 1000)
            await delivery_queue.due(explaining, {lane: 100}, [], parts.now(), since)
            pages = explaining.touched[-1].pages
            rows.append([name, spent[0], statistics.median(spent), pages])
    return rows


def compared(few: dict[str, list[Touched]], many: dict[str, list[Touched]]) -> list[list[object]]:
    rows: list[list[object]] = []
    for name, small in few.items():
        ours, theirs = _middle(small), _middle(many[name])
        rows.append([name, ours[0], theirs[0], theirs[0] / ours[0], *_pairs(ours, theirs)])
    return rows


def _pairs(few: list[float], many: list[float]) -> list[object]:
    """What isn't in memory, whole pages that are logged, and kB of the log: few, then many."""
    pairs = [(few[1], many[1]), (few[2], many[2]), (few[3] / 1000, many[3] / 1000)]
    return [value for pair in pairs for value in pair]


def _middle(touched: list[Touched]) -> list[float]:
    return [statistics.mean(column) for column in zip(*touched, strict=True)]
