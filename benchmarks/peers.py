"""Beside other servers: the same operations, data and bytes, one process each, in turns."""

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Any

import orjson

from benchmarks import counting, load, parts
from benchmarks.client import CONNECTIONS, answer
from benchmarks.load import Asked, Measure
from benchmarks.peers_cases import BARE, CASES, NAMES, Case, cases
from benchmarks.peers_data import Prepared, prepared
from benchmarks.peers_running import installed, running, versions
from benchmarks.table import note, show
from db.database import connect

# Only rows have these in an answer.
SECRET = (b'"name"', b'"number"')
Counts = Mapping[str, Mapping[str, float]]


def counted(data: Prepared, chosen: Sequence[Case]) -> Counts:
    """The statements of each kind of server, by the name of the case."""
    asked: dict[str, dict[str, counting.Asking]] = {}
    for case in chosen:
        for kind in case.kinds:
            asked.setdefault(kind, {})[case.name] = (case.request_of(kind), case.status)
    # It has no database.
    still = dict.fromkeys(asked.pop("bare", {}), 0.0)
    counts = {
        kind: asyncio.run(counting.statements(data, kind, one)) for kind, one in asked.items()
    }
    return counts | {"bare": still}


def compared(
    data: Prepared, case: Case, counts: Mapping[str, float], rounds: int, seconds: float
) -> list[list[Any]]:
    """Prints what was found; gives the rows of what was to be reached."""
    note(f"\n{case.title}")
    with ExitStack() as held:
        asked = started(held, data, case)
        found = load.in_turns(asked, rounds, seconds, once_warm=lambda: analyzed(data))
    first = next(iter(case.goals))
    rows = [row_of(found, kind, first, counts[kind]) for kind in case.kinds]
    note("")
    titles = ["server", "requests/s", "from, to", f"of {NAMES[first]}"]
    show([*titles, "its CPU, us each", "statements"], rows)
    goals = {alike(kind, counts): goal for kind, goal in case.goals.items()}
    return [goal_row(case, found, other, goal) for other, goal in goals.items()]


def analyzed(data: Prepared) -> None:
    """Have PostgreSQL know its tables, as it does by itself within a minute.

    Statements are planned once, and whose were planned while a table was nearly empty would read
    all of it each time.
    """

    async def analyze() -> None:
        connection = await connect(data.url)
        await connection.execute("ANALYZE")
        await connection.close()

    asyncio.run(analyze())


def alike(kind: str, counts: Mapping[str, float]) -> str:
    """By hand with as many statements as Tollhouse sends, where it is known in two ways."""
    joins = "by_hand_joined" in counts and counts["house"] < counts["by_hand"]
    return "by_hand_joined" if kind == "by_hand" and joins else kind


def started(held: ExitStack, data: Prepared, case: Case) -> dict[str, Asked]:
    """All servers of the case, once it is sure that they check keys and answer the same bytes."""
    asked: dict[str, Asked] = {}
    bodies: dict[str, bytes] = {}
    for kind in case.kinds:
        told = data.told()
        if kind == "bare":
            told = data.told(body=bodies["house"].decode(), status=case.status)
        request = case.request_of(kind)
        server = held.enter_context(running(kind, told))
        # Apollo ends its answers with a line's end.
        bodies[kind] = asyncio.run(answer(server.port, request, case.status)).strip()
        asked[kind] = Asked(server, request, case.status, len(bodies[kind]))
        if case.kinds != BARE:
            must_refuse(data, kind, server.port, request)
    shapes = {kind: body if case.is_repeatable else shape(body) for kind, body in bodies.items()}
    other = {kind: body[:2000] for kind, body in shapes.items() if body != shapes["house"]}
    assert not other, f"Tollhouse answers {shapes['house'][:2000]}, but {other}"
    assert (b'"errors"' in bodies["house"]) == (case.status != 200), bodies["house"]
    note(f"All answer with the same {len(bodies['house']):,} bytes.")
    return asked


def must_refuse(data: Prepared, kind: str, port: int, request: bytes) -> None:
    """Only a key that may see the rows is shown them."""
    right = next(token for token in (data.full, data.seller) if token.encode() in request)
    for wrong in (data.miscopied, data.made_up, data.narrow, data.fenced, data.revoked):
        body = asyncio.run(answer(port, request.replace(right.encode(), wrong.encode()), None))
        assert not any(name in body for name in SECRET), (kind, wrong, body)


def shape(body: bytes) -> bytes:
    """The answer without its invoice's number, which is new each time."""
    answer = orjson.loads(body)
    assert answer["data"]["createInvoice"]["invoice"].pop("number").startswith("INV-")
    return orjson.dumps(answer)


def row_of(
    found: Mapping[str, list[Measure]], kind: str, other: str, statements: float
) -> list[Any]:
    speeds = [measure.answers for measure in found[kind]]
    used = statistics.median(measure.cpu for measure in found[kind])
    spread = f"{min(speeds):,.0f} to {max(speeds):,.0f}"
    row = [NAMES[kind], round(statistics.median(speeds)), spread]
    whole = round(statements) if statements == round(statements) else statements
    return [*row, load.ratio(found, kind, other), round(used), whole]


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
    parser.add_argument("--case", nargs="+", choices=CASES, default=CASES)
    wanted = parser.parse_args()
    installed()
    began, goals = time.monotonic(), list[list[Any]]()
    with parts.cluster() as url:
        data = asyncio.run(prepared(url))
        chosen = [case for case in cases(data) if case.name in wanted.case]
        counts = counted(data, chosen)
        for case in chosen:
            own = {kind: counts[kind][case.name] for kind in case.kinds}
            goals += compared(data, case, own, wanted.rounds, wanted.seconds)
    note(f"\n{load.client()}, {CONNECTIONS} connections, {wanted.rounds} rounds, medians")
    note(versions())
    spent, busy = time.monotonic() - began, os.getloadavg()[1]
    note(f"Load of the machine at the end: {busy:.1f}, on {os.cpu_count()} cores; {spent:.0f} s")
    titles = ["operation", "beside", "goal", "by requests/s", "by CPU", "verdict"]
    show(titles, goals)


if __name__ == "__main__":
    main()
