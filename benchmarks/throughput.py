"""Requests a second: a page of 20 products, beside handlers written by hand for it alone."""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import orjson

from benchmarks import parts
from benchmarks.by_hand import QUERY
from benchmarks.client import CONNECTIONS, answer, request_for, speed
from benchmarks.serving import PATH, Server, server
from benchmarks.table import note, show
from db import migrate
from db.scope import Scope

PRODUCTS = 200
NAMES = {
    "house": "Tollhouse",
    "core": "Tollhouse, all by graphql-core",
    "by_hand": "by hand, aiohttp and asyncpg",
    "bare": "bare aiohttp, the same bytes",
}
Rounds = dict[str, list[tuple[float, float]]]


async def prepared(url: str) -> bytes:
    """The request, of a key that may do it, in an organization that has products."""
    await migrate.upgrade(url)
    async with parts.opened(url) as database:
        owner = await parts.organization(database, "busy")
        await parts.products(database, owner, PRODUCTS)
        key = await parts.key(database, owner, [Scope.PRODUCTS_READ])
    return request_for(PATH, key.token, orjson.dumps({"query": QUERY}))


@contextmanager
def servers(url: str, request: bytes) -> Generator[dict[str, Server]]:
    """All four, once it is sure that they answer with the same bytes."""
    with ExitStack() as held:
        folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
        running = {
            kind: held.enter_context(server(kind, url)) for kind in ("house", "core", "by_hand")
        }
        bodies = {kind: body_of(one, request) for kind, one in running.items()}
        assert bodies["house"] == bodies["core"] == bodies["by_hand"], bodies
        assert len(orjson.loads(bodies["house"])["data"]["products"]["nodes"]) == 20, bodies
        file = folder / "body.json"
        file.write_bytes(bodies["house"])
        running["bare"] = held.enter_context(server("bare", str(file)))
        assert body_of(running["bare"], request) == bodies["house"]
        note(f"All four answer with the same {len(bodies['house']):,} bytes.")
        yield running


def body_of(one: Server, request: bytes) -> bytes:
    return asyncio.run(answer(one.port, request))


def measured(running: dict[str, Server], request: bytes, rounds: int, seconds: float) -> Rounds:
    """Answers a second, and the server's seconds of CPU for each; in turns."""
    found: Rounds = {kind: [] for kind in running}
    for number in range(1, rounds + 1):
        for kind, one in running.items():
            before = one.cpu_seconds()
            answers = asyncio.run(speed(one.port, request, seconds))
            found[kind].append((answers, (one.cpu_seconds() - before) / (answers * seconds)))
        latest = ", ".join(f"{kind} {times[-1][0]:,.0f}" for kind, times in found.items())
        note(f"  round {number} of {rounds}: {latest}")
    return found


def rows_of(found: Rounds) -> list[list[object]]:
    middle = {kind: statistics.median(speed for speed, _ in both) for kind, both in found.items()}
    rows: list[list[object]] = []
    for kind, both in found.items():
        speeds = [speed for speed, _ in both]
        ratio = statistics.median(
            own / hand for own, (hand, _) in zip(speeds, found["by_hand"], strict=True)
        )
        used = statistics.median(cpu for _, cpu in both) * 1_000_000
        spread = f"{min(speeds):,.0f} to {max(speeds):,.0f}"
        rows.append([NAMES[kind], round(middle[kind]), spread, ratio, round(used)])
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=2, help="of each server in each round")
    chosen = parser.parse_args()
    with parts.cluster() as url:
        request = asyncio.run(prepared(url))
        with servers(url, request) as running:
            found = measured(running, request, chosen.rounds, chosen.seconds)
    note(f"{CONNECTIONS} connections, {chosen.rounds} rounds of {chosen.seconds} s, medians")
    titles = ["server", "requests/s", "from, to", "of by hand", "its CPU, us each"]
    show(titles, rows_of(found))


if __name__ == "__main__":
    main()
