"""Execution alone, without HTTP and database: by programs, by graphql-core and by Strawberry."""

import argparse
import asyncio
import gc
import statistics
import tracemalloc
from collections.abc import Awaitable, Callable
from time import process_time
from typing import Any, NamedTuple, cast

import graphql
import orjson
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from benchmarks.subject import CACHED, OPERATIONS, PLAIN, Context
from benchmarks.table import note, show
from execution.compiled.late import show_late
from execution.compiled.program import Program
from execution.documents import Documents
from execution.guard_rules import GuardRules

Call = Callable[[], Awaitable[Any]]
SCHEMA = PLAIN._schema  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Strawberry has no other way to it
BASE = "Strawberry, both caches"


class Cost(NamedTuple):
    """CPU of one way to run an operation, until the bytes exist; `peak` is until the result does.

    CPU and not time, since nothing here waits and other work may share the machine.
    """

    seconds: float
    peak: int
    peak_with_bytes: int


def ways(query: str, variables: dict[str, Any]) -> dict[str, Call]:
    documents = Documents(SCHEMA, GuardRules())

    def program() -> Program:
        document = documents.get(query)
        documents.plan(document, None)
        compiled = documents.program(document, None)
        assert compiled, "programs are on"
        return compiled

    async def compiled() -> Any:
        run = program().start(variables, Context())
        assert run, "a program covers the operation"
        return (await run.execute()).data

    async def core() -> Any:
        result: Any = cast("Any", graphql).execute(
            SCHEMA,
            documents.get(query).root,
            context_value=Context(),
            variable_values=variables,
            executor_class=StrawberryGraphQLCoreExecutionContext,
        )
        return (await result).data

    async def strawberry() -> Any:
        return (await CACHED.execute(query, variables, Context())).data

    return {BASE: strawberry, "graphql-core alone": core, "Tollhouse, compiled": compiled}


def written(data: Any) -> bytes:
    return orjson.dumps(data, show_late, orjson.OPT_UTC_Z)


async def seconds(call: Call, times: int) -> float:
    began = process_time()
    for _ in range(times):
        written(await call())
    return (process_time() - began) / times


async def peaks(call: Call) -> tuple[int, int]:
    gc.collect()
    tracemalloc.start()
    data = await call()
    peak = tracemalloc.get_traced_memory()[1]
    written(data)
    peak_with_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, peak_with_bytes


async def costs(calls: dict[str, Call], rounds: int, least_seconds: float) -> dict[str, Cost]:
    """Medians over rounds in each of which every way has its turn."""
    found: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            once = await seconds(call, 1)
            found[name].append(await seconds(call, max(1, round(least_seconds / once))))
    return {
        name: Cost(statistics.median(found[name]), *await peaks(call))
        for name, call in calls.items()
    }


async def measured(rounds: int, least_seconds: float) -> list[list[object]]:
    table: list[list[object]] = []
    for operation, (query, variables) in OPERATIONS.items():
        calls = ways(query, variables)
        answers = {written(await call()) for call in calls.values()}
        assert len(answers) == 1, f"{operation}: the answers differ"
        found = await costs(calls, rounds, least_seconds)
        base = found[BASE]
        for name, cost in found.items():
            faster = base.seconds / cost.seconds
            memory = cost.peak / base.peak, cost.peak_with_bytes / base.peak_with_bytes
            row = [operation, name, round(cost.seconds * 1e6), f"{faster:.1f}"]
            table.append([*row, f"{memory[0]:.2f}", f"{memory[1]:.2f}"])
        note(f"{operation}: {len(answers.pop()):,} bytes, the same from all")
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.2, help="of each way in each round")
    chosen = parser.parse_args()
    titles = ["operation", "way", "CPU, us each", "times as fast", "memory, result", "with bytes"]
    show(titles, asyncio.run(measured(chosen.rounds, chosen.seconds)))


if __name__ == "__main__":
    main()
