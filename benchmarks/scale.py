"""What keys cost by their number: 1,000,000 in one organization, beside 1,000 elsewhere."""

import argparse
import asyncio
import itertools
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any, NamedTuple
from uuid import UUID

import db.api_key
from access.cache import KeyCache
from access.check import KeyCheck
from access.networks import parse_address
from benchmarks import filling, parts
from benchmarks.filling import CROWDED, NEIGHBOR, Size
from benchmarks.table import note, show
from db import cursor
from db.database import Database, connect
from db.page import Ask, Page, Sorting, substring

FEW = Size(1_000, 10)
AIM = 1.3
ADDRESS = parse_address("198.51.100.7")
FIRST = Ask()
NEWEST: Sorting[Any] = Sorting()
ALL: Mapping[str, Any] = {}
Work = Callable[[], Awaitable[object]]
FILTERS: Mapping[str, Mapping[str, Any]] = {
    "environment: production, a quarter": {"environment": "production"},
    "environment: legacy, the 50 oldest": {"environment": "legacy"},
    "status: ACTIVE": {"status": "ACTIVE"},
    "status: EXPIRED, none of the newest": {"status": "EXPIRED"},
    "status: REVOKED, one in 16": {"status": "REVOKED"},
    "search: a word in 30 names": {"search": substring("heirloom")},
    "search: a word in a fifth": {"search": substring("warehouse")},
    "search: a month, one in 36": {"search": substring("january")},
    "search: a word in none": {"search": substring("umbrella")},
    "search: a word that others use": {"search": substring("souvenir")},
    "scope: webhooks.read": {"scope": "webhooks.read"},
}


class Side(NamedTuple):
    """One of the two databases, with places to look at."""

    database: Database
    check: KeyCheck
    cache: KeyCache
    tokens: list[str]
    positions: list[UUID]


def operations(side: Side) -> dict[str, Work]:
    """What is measured; each call of one takes another key or another place."""
    tokens, places = itertools.cycle(side.tokens), itertools.cycle(side.positions)

    async def check() -> object:
        side.cache.clear()
        return await side.check.caller(next(tokens), ADDRESS, parts.now())

    async def create() -> object:
        return await parts.key(side.database, CROWDED)

    async def page(
        owner: UUID = CROWDED, ask: Ask = FIRST, filters: Mapping[str, Any] = ALL
    ) -> Page[Any]:
        async with side.database.reading() as connection:
            return await db.api_key.page(connection, owner, ask, filters, NEWEST, now=parts.now())

    async def deep() -> object:
        mark = cursor.fingerprint(CROWDED, "api_key", NEWEST.order.name, NEWEST.descending, ALL)
        return await page(ask=Ask(20, cursor.encode(mark, None, next(places))))

    async def backward() -> object:
        return await page(ask=Ask(last=20))

    async def count() -> object:
        async with side.database.reading() as connection:
            return await db.api_key.count(connection, CROWDED, ALL, parts.now())

    def filtered(filters: Mapping[str, Any]) -> Work:
        return lambda: page(filters=filters)

    return {
        "first check of a key": check,
        "create a key": create,
        "page: the newest 20": page,
        "page: the oldest 20": backward,
        "page: 20 after a cursor anywhere": deep,
        "totalCount": count,
        **{f"page by {name}": filtered(filters) for name, filters in FILTERS.items()},
        "page of a neighbor with 1,000 keys": lambda: page(NEIGHBOR),
        "its page by search": lambda: page(NEIGHBOR, filters={"search": "%warehouse%"}),
    }


async def timed(work: Work) -> float:
    began = time.perf_counter()
    await work()
    return (time.perf_counter() - began) * 1000


async def compared(pair: Sequence[Work], rounds: int) -> list[list[float]]:
    """Milliseconds of each side, measured in turns so that both meet the same disturbances."""
    times: list[list[float]] = [[], []]
    for number in range(rounds + 10):
        for side, work in enumerate(pair):
            spent = await timed(work)
            # The first ones prepare statements, and settle which kind of plan they get.
            if number >= 10:
                times[side].append(spent)
    return times


def row(name: str, few: list[float], many: list[float]) -> list[object]:
    ratio = statistics.median(many) / statistics.median(few)
    return [
        name,
        statistics.median(few),
        statistics.median(many),
        ratio,
        statistics.quantiles(few, n=20)[-1],
        statistics.quantiles(many, n=20)[-1],
        "" if ratio <= AIM else "above the aim",
    ]


async def measured(urls: Sequence[str], rounds: int) -> list[list[object]]:
    async with AsyncExitStack() as held:
        sides: list[dict[str, Work]] = []
        for url in urls:
            database = await held.enter_async_context(parts.opened(url, size=1))
            cache = KeyCache()
            check = parts.key_check(database, cache)
            tokens = await filling.tokens(database, CROWDED, 500)
            places = await filling.positions(database, CROWDED, 500)
            sides.append(operations(Side(database, check, cache, tokens, places)))
        rows: list[list[object]] = []
        for name in sides[0]:
            note(f"  {name} ...")
            few, many = await compared([side[name] for side in sides], rounds)
            rows.append(row(name, few, many))
        return rows


async def second_database(url: str) -> str:
    connection = await connect(url)
    await connection.execute("CREATE DATABASE few")
    await connection.close()
    before, _, after = url.rpartition("/tollhouse?")
    return f"{before}/few?{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=1_000_000, help="in the crowded organization")
    parser.add_argument("--organizations", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=200, help="of each measurement")
    chosen = parser.parse_args()
    many = Size(chosen.keys, chosen.organizations)
    with parts.cluster() as url:
        few_url = asyncio.run(second_database(url))
        for place, size in ((few_url, FEW), (url, many)):
            note(f"Filling: {size.keys:,} keys in one of {size.organizations:,} organizations")
            filling.fill(place, size)
        note(f"Measuring, {chosen.rounds} rounds each")
        rows = asyncio.run(measured([few_url, url], chosen.rounds))
    few, most = f"{FEW.keys:,} keys", f"{many.keys:,}"
    show(["milliseconds", few, most, "ratio", "p95", "p95 of many", ""], rows)


if __name__ == "__main__":
    main()
