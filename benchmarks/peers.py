"""Beside other servers: the same operations, data and bytes, one process each, in turns."""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import orjson

from benchmarks import counting, load, parts, peers_data
from benchmarks.client import CONNECTIONS, answer
from benchmarks.load import Asked, Measure
from benchmarks.peers_data import Prepared, prepared
from benchmarks.peers_running import installed, running
from benchmarks.table import note, show

NAMES = {
    "house": "Tollhouse",
    "by_hand": "by hand",
    "by_hand_joined": "by hand, one joined statement",
    "mercurius": "Mercurius, JIT and loaders",
    "yoga": "GraphQL Yoga, JIT",
    "apollo": "Apollo Server",
    "postgraphile": "PostGraphile 5",
    "stock": "Strawberry and SQLModel, stock",
    "bare": "bare aiohttp, the same bytes",
}
READERS = ("house", "by_hand", "mercurius", "yoga", "apollo", "postgraphile", "stock")


class Case(NamedTuple):
    """One operation, who is asked it, and how far Tollhouse is to be beside which of them."""

    title: str
    kinds: tuple[str, ...]
    request: bytes
    goals: Mapping[str, float]
    graphile: str = ""
    status: int = 200
    is_counted: bool = False
    is_repeatable: bool = True


def cases(data: Prepared) -> list[Case]:
    def asking(*words: str) -> bytes:
        return data.asking(*words)

    wrong_crc = data.full[:-1] + chr(ord(data.full[-1]) ^ 1)
    products, both = peers_data.PRODUCTS, ("house", "bare")
    return [
        Case(
            "products(first: 20), 9 fields",
            READERS,
            asking(products),
            {"mercurius": 1.2, "by_hand": 0.9},
            peers_data.GRAPHILE_PRODUCTS,
            is_counted=True,
        ),
        Case(
            "invoices(first: 20), lines, products",
            ("house", "by_hand", "by_hand_joined", *READERS[2:]),
            asking(peers_data.NESTED),
            {"mercurius": 1.4, "by_hand": 0.9},
            peers_data.GRAPHILE_NESTED,
            is_counted=True,
        ),
        Case("viewer { organization { name } }", both, asking(peers_data.VIEWER), {"bare": 0.8}),
        Case("refused for its scope", both, asking(products, data.narrow), {"bare": 0.8}, "", 403),
        Case(
            "refused for its address", both, asking(products, data.fenced), {"bare": 0.8}, "", 403
        ),
        Case("token with a wrong CRC", both, asking(products, wrong_crc), {"bare": 0.8}, "", 401),
        Case(
            "createInvoice, 3 lines",
            ("house", "by_hand"),
            data.asking(peers_data.CREATE, lines=data.lines),
            {"by_hand": 0.8},
            is_repeatable=False,
        ),
    ]


def compared(data: Prepared, case: Case, rounds: int, seconds: float) -> list[list[Any]]:
    """Prints what was found; gives the rows of what was to be reached."""
    note(f"\n{case.title}")
    with ExitStack() as held:
        asked = started(held, data, case)
        found = load.in_turns(asked, rounds, seconds)
    counts = {
        kind: asyncio.run(counting.statements(data, kind, one.request))
        for kind, one in asked.items()
        if case.is_counted
    }
    rows = [row_of(found, kind, next(iter(case.goals)), counts) for kind in case.kinds]
    note("")
    titles = ["server", "requests/s", "from, to", f"of {NAMES[next(iter(case.goals))]}"]
    show([*titles, "its CPU, us each", *(["statements"] if counts else [])], rows)
    return [goal_row(case, found, other, goal) for other, goal in case.goals.items()]


def started(held: ExitStack, data: Prepared, case: Case) -> dict[str, Asked]:
    """All servers of the case, once it is sure that they answer with the same bytes."""
    asked: dict[str, Asked] = {}
    bodies: dict[str, bytes] = {}
    for kind in case.kinds:
        told = data.told()
        if kind == "bare":
            told = data.told(body=bodies["house"].decode(), status=case.status)
        request = case.request
        if kind == "postgraphile":
            request = data.asking(case.graphile % data.owner)
        server = held.enter_context(running(kind, told))
        asked[kind] = Asked(server, request, case.status)
        # Apollo ends its answers with a line's end.
        bodies[kind] = asyncio.run(answer(server.port, request, case.status)).strip()
    alike = {kind: body if case.is_repeatable else shape(body) for kind, body in bodies.items()}
    other = {kind: body[:2000] for kind, body in alike.items() if body != alike["house"]}
    assert not other, f"Tollhouse answers {alike['house'][:2000]}, but {other}"
    assert (b'"errors"' in bodies["house"]) == (case.status != 200), bodies["house"]
    note(f"All answer with the same {len(bodies['house']):,} bytes.")
    return asked


def shape(body: bytes) -> bytes:
    """The answer without its invoice's number, which is new each time."""
    answer = orjson.loads(body)
    assert answer["data"]["createInvoice"]["invoice"].pop("number").startswith("INV-")
    return orjson.dumps(answer)


def row_of(
    found: Mapping[str, list[Measure]], kind: str, other: str, counts: Mapping[str, float]
) -> list[Any]:
    speeds = [measure.answers for measure in found[kind]]
    used = statistics.median(measure.cpu for measure in found[kind])
    spread = f"{min(speeds):,.0f} to {max(speeds):,.0f}"
    row = [NAMES[kind], round(statistics.median(speeds)), spread]
    own = [f"{counts[kind]:g}"] if counts else []
    return [*row, load.ratio(found, kind, other), round(used), *own]


def goal_row(case: Case, found: Mapping[str, list[Measure]], other: str, goal: float) -> list[Any]:
    speed = load.ratio(found, "house", other)
    used = {
        kind: statistics.median(measure.cpu for measure in found[kind]) for kind in ("house", other)
    }
    cpu = used[other] / used["house"]
    # Where other work takes the machine, the speeds of two servers come near each other.
    verdict = "met" if min(speed, cpu) >= goal else "not met"
    return [case.title, NAMES[other], goal, speed, cpu, verdict]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of each server in each round")
    parser.add_argument("--only", default="", help="cases whose title has this in it")
    chosen = parser.parse_args()
    installed()
    began, goals = time.monotonic(), list[list[Any]]()
    with parts.cluster() as url:
        data = asyncio.run(prepared(url))
        for case in cases(data):
            if chosen.only in case.title:
                goals += compared(data, case, chosen.rounds, chosen.seconds)
    note(f"\n{load.client()}, {CONNECTIONS} connections, {chosen.rounds} rounds, medians")
    spent, busy = time.monotonic() - began, os.getloadavg()[1]
    note(f"Load of the machine at the end: {busy:.1f}, on {os.cpu_count()} cores; {spent:.0f} s")
    titles = ["operation", "beside", "goal", "by requests/s", "by CPU", "verdict"]
    show(titles, goals)


if __name__ == "__main__":
    main()
