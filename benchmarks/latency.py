"""How long answers take at half of the load that the server can bear, asked at their own times."""

import argparse
import asyncio
import os
import random
import selectors
import statistics
import time
from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from benchmarks import load, parts, peers_data
from benchmarks.client import Asking, ended, speed
from benchmarks.load import Asked
from benchmarks.peers_cases import NAMES
from benchmarks.peers_data import prepared
from benchmarks.peers_running import running
from benchmarks.table import note, show

CONNECTIONS = 64
SECONDS_OF_MOST = 3
SETTLED_SECONDS = 0.5
GOAL = 5
PARTS = (0.5, 0.99)


class Timed(Asking):
    """Sends when it is told to, and tells how long the answer took from then on."""

    def __init__(self, request: bytes, load: "OpenLoad") -> None:
        super().__init__(request)
        self._load = load
        self._due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def send(self, due: float) -> None:
        self._due = due
        self._transport.write(self._request)

    def answered(self) -> None:
        self._load.done(self, time.perf_counter() - self._due)


class OpenLoad:
    """Requests come by chance, whether or not the ones before are answered.

    A request that has to wait for a connection has waited since it came.
    """

    def __init__(self) -> None:
        self.took: list[float] = []
        self.late: list[float] = []
        self.free: list[Timed] = []
        self.waiting: deque[float] = deque()
        self._wanted, self._all = 0, asyncio.Event()

    async def finished(self, answers: int) -> None:
        """Once so many answers are there."""
        self._wanted = answers
        if len(self.took) < answers:
            await self._all.wait()

    def come(self, due: float) -> None:
        now = time.perf_counter()
        self.late.append(now - due)
        if self.free:
            self.free.pop().send(now)
        else:
            self.waiting.append(now)

    def done(self, one: Timed, took: float) -> None:
        self.took.append(took)
        if len(self.took) == self._wanted:
            self._all.set()
        if self.waiting:
            one.send(self.waiting.popleft())
        else:
            self.free.append(one)


def most_by_load(asked: Asked) -> float:
    return load.measured(asked, SECONDS_OF_MOST).answers


def most_by_us(asked: Asked) -> float:
    return asyncio.run(speed(asked.server.port, asked.request, SECONDS_OF_MOST, asked.status))


# What the client takes of the cores the server lacks, so that half of what a lighter one gets is
# more than half of what this one can get.
MOST = {"this client": most_by_us, load.client(): most_by_load}


class Found(NamedTuple):
    p50: float
    p99: float
    longest: float
    late: float
    queue: int


async def loaded(port: int, request: bytes, rate: float, seconds: float) -> Found:
    coming, loop, chance = OpenLoad(), asyncio.get_running_loop(), random.Random(9)
    for _ in range(CONNECTIONS):
        _, one = await loop.create_connection(lambda: Timed(request, coming), "127.0.0.1", port)
        coming.free.append(one)
    everyone = list(coming.free)
    # Until the server has taken them all in, requests would wait for that.
    await asyncio.sleep(SETTLED_SECONDS)
    due = time.perf_counter()
    end, came = due + seconds, 0
    while due < end:
        due += chance.expovariate(rate)
        came += 1
        await asyncio.sleep(due - time.perf_counter())
        coming.come(due)
    queue = len(coming.waiting)
    async with asyncio.timeout(60):
        await coming.finished(came)
    for one in everyone:
        await ended(one)
    took = sorted(coming.took)
    p50, p99 = (took[int(len(took) * part)] * 1000 for part in PARTS)
    late = statistics.quantiles(coming.late, n=100)[98] * 1000
    return Found(p50, p99, took[-1] * 1000, late, queue)


def run(port: int, request: bytes, rate: float, seconds: float) -> Found:
    """With a loop that wakes up in microseconds, where asyncio's usual one does in milliseconds."""
    with asyncio.Runner(
        loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())
    ) as runner:
        return runner.run(loaded(port, request, rate, seconds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=20, help="of each round")
    chosen = parser.parse_args()
    with parts.cluster() as url:
        data = asyncio.run(prepared(url))
        request = data.asking(peers_data.PRODUCTS)
        rows: list[list[object]] = []
        for kind in ("house", "by_hand"):
            with running(kind, data.told()) as server:
                load.measured(Asked(server, request), SECONDS_OF_MOST)
                for name, most in MOST.items():
                    found: dict[float, Found] = {}
                    for _ in range(chosen.rounds):
                        rate = most(Asked(server, request)) / 2
                        found[rate] = run(server.port, request, rate, chosen.seconds)
                        note(f"  {NAMES[kind]}, {rate:,.0f} requests/s: {found[rate]}")
                    rows.append(row_of(NAMES[kind], name, found))
    titles = ["server", "half of what is got by", "requests/s"]
    titles += ["p50 ms", "p99 ms", "longest", "p99 of p50", "verdict"]
    note(f"{chosen.rounds} rounds of {chosen.seconds:g} s, medians")
    note(f"Load of the machine at the end: {os.getloadavg()[1]:.1f}, on {os.cpu_count()} cores")
    show([*titles, "client late, p99"], rows)


def row_of(name: str, most: str, found: Mapping[float, Found]) -> list[object]:
    rate = statistics.median(found)
    middle = [statistics.median(values) for values in zip(*found.values(), strict=True)]
    p50, p99, longest, late, queue = middle
    ratio = statistics.median(one.p99 / one.p50 for one in found.values())
    # A queue that is left says that others took the machine: such a rate wasn't half of the most.
    verdict = "overloaded" if queue else "met" if ratio <= GOAL else "not met"
    return [name, most, round(rate), p50, p99, longest, ratio, verdict, late]


if __name__ == "__main__":
    main()
