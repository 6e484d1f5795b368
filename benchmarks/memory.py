"""The memory of a server that is asked a million requests of ten thousand different documents."""

import argparse
import asyncio
import os
import random
import time

import orjson
import psutil

from benchmarks import parts
from benchmarks.client import CONNECTIONS, Asking, answer, ended
from benchmarks.peers_data import Prepared, prepared
from benchmarks.peers_running import running
from benchmarks.serving import Server
from benchmarks.table import note, show

FIELDS = ("name", "description", "sku", "active", "imageUrl", "createdAt", "updatedAt", "metadata")
LOOKS = 10


class Asker(Asking):
    """Asks another request each time."""

    def __init__(self, requests: list[bytes], chance: random.Random) -> None:
        super().__init__(chance.choice(requests))
        self._requests, self._chance = requests, chance

    def answered(self) -> None:
        self._request = self._chance.choice(self._requests)
        super().answered()


def requests_of(data: Prepared, count: int) -> list[bytes]:
    """Documents that differ in an alias, and in which fields they ask for."""
    made: list[bytes] = []
    for number in range(count):
        wanted = " ".join(field for place, field in enumerate(FIELDS) if number >> place & 1)
        nodes = f"nodes {{ id {wanted} price {{ amount currency }} }}"
        made.append(data.asking(f"{{ page{number}: products(first: 1) {{ {nodes} }} }}"))
    return made


async def asked(
    server: Server, requests: list[bytes], most: int, seconds: float
) -> list[list[object]]:
    """Rows of the table: what the process holds, as requests go on."""
    loop, process = asyncio.get_running_loop(), psutil.Process(server.child.pid)
    chance, began = random.Random(9), time.monotonic()
    rows: list[list[object]] = [[0, 0, megabytes(process)]]
    everyone: list[Asker] = []
    for _ in range(CONNECTIONS):
        _, one = await loop.create_connection(
            lambda: Asker(requests, chance), "127.0.0.1", server.port
        )
        everyone.append(one)
    end = began + seconds
    while (answers := sum(one.answers for one in everyone)) < most and time.monotonic() < end:
        spent = time.monotonic() - began
        if answers >= len(rows) * most / LOOKS or spent >= len(rows) * seconds / LOOKS:
            rows.append([answers, round(spent), megabytes(process)])
        await asyncio.sleep(0.1)
    rows.append([answers, round(time.monotonic() - began), megabytes(process)])
    for one in everyone:
        assert not one.lost.done(), "the server closed a connection"
        await ended(one)
    return rows


def megabytes(process: psutil.Process) -> float:
    return process.memory_info().rss / 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=180, help="at most, whatever is left")
    chosen = parser.parse_args()
    with parts.cluster() as url:
        data = asyncio.run(prepared(url))
        requests = requests_of(data, chosen.documents)
        with running("house", data.told()) as server:
            body = asyncio.run(answer(server.port, requests[-1]))
            assert "errors" not in orjson.loads(body), body
            rows = asyncio.run(asked(server, requests, chosen.requests, chosen.seconds))
    show(["requests", "after s", "resident MB"], rows)
    done = rows[-1][0]
    if done != chosen.requests:
        note(f"Cut short after {chosen.seconds:.0f} s: {done:,} of {chosen.requests:,} requests.")
    note(f"{chosen.documents:,} documents, each picked by chance.")
    note(f"Load of the machine at the end: {os.getloadavg()[1]:.1f}, on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
