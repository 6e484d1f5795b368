"""Where the time of a request goes: a page of 20 products, by the layer that spends it.

A profiler makes calls dearer than they are, those of small Python functions most of all: read the
shares as an order, and the times of benchmarks/throughput.py as the amounts.
"""

import argparse
import asyncio
import pstats
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any, cast

from benchmarks import parts
from benchmarks.client import answer, speed
from benchmarks.serving import ROOT, server
from benchmarks.table import note, show
from benchmarks.throughput import prepared

Function = tuple[str, int, str]
# Parts of paths, and of the names of compiled functions, in the order in which they are tried.
LAYERS = {
    "graphql-core": ("/graphql/",),
    "Strawberry": ("/strawberry/",),
    "asyncpg": ("/asyncpg/", "asyncpg."),
    "orjson": ("orjson",),
    "aiohttp": ("/aiohttp/", "/multidict/", "/yarl/", "aiohttp.", "multidict.", "yarl."),
    "event loop": (
        "/asyncio/",
        "/selectors.py",
        "/socket.py",
        "_socket",
        "_asyncio",
        "contextvars",
    ),
    **{f"{name}/": (f"{ROOT}/{name}/",) for name in ("access", "db", "execution")},
    "schema/, resolvers/": (f"{ROOT}/schema/", f"{ROOT}/resolvers/"),
}
WAITING = ("select.epoll", "select.kqueue")
DEEPEST = 8


class Shares:
    """Time by layer; what Python's library and its builtins spend is their callers'."""

    def __init__(self, stats: pstats.Stats) -> None:
        self._stats: dict[Function, Any] = cast("Any", stats).stats
        self.seconds: defaultdict[str, float] = defaultdict(float)
        for function, (_, _, spent, _, callers) in self._stats.items():
            if not any(part in function[2] for part in WAITING):
                self._share(function, spent, callers, DEEPEST)

    def _share(self, function: Function, spent: float, callers: Any, depth: int) -> None:
        layer = layer_of(function)
        total = sum(times[2] for times in callers.values())
        if layer or not callers or not depth or total <= 0:
            self.seconds[layer or "Python itself"] += spent
            return
        for caller, times in callers.items():
            above = self._stats[caller][4]
            self._share(caller, spent * times[2] / total, above, depth - 1)


def layer_of(function: Function) -> str | None:
    file, _, name = function
    text = name if file == "~" else file
    for layer, marks in LAYERS.items():
        if any(mark in text for mark in marks):
            return layer
    return None


def profiled(url: str, seconds: float) -> tuple[int, pstats.Stats]:
    """How many requests were answered, and where their time went."""
    request = asyncio.run(prepared(url))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "profile"
        with server("house", url, str(file)) as one:
            asyncio.run(answer(one.port, request))
            asyncio.run(speed(one.port, request, 1))
            one.profile()
            answers = round(asyncio.run(speed(one.port, request, seconds)) * seconds)
        return answers, pstats.Stats(str(file))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--functions", type=int, default=0, help="also list so many")
    chosen = parser.parse_args()
    with parts.cluster() as url:
        answers, stats = profiled(url, chosen.seconds)
    seconds = Shares(stats).seconds
    whole = sum(seconds.values())
    note(f"{answers} requests under the profiler, {whole / answers * 1e6:,.0f} us each")
    rows = [
        [layer, f"{spent / whole:.1%}", round(spent / answers * 1e6)]
        for layer, spent in sorted(seconds.items(), key=lambda item: -item[1])
    ]
    show(["layer", "share", "us, profiled"], rows)
    if chosen.functions:
        stats.sort_stats("tottime").print_stats(chosen.functions)


if __name__ == "__main__":
    main()
