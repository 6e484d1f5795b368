"""The memory of a server that is asked a million requests of ten thousand different documents."""

import argparse
import asyncio
import os
import random
import time
from collections.abc import Callable

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
HOT = 100


class Asker(Asking):
    """Asks another request each time, as something else picks it."""

    def __init__(self, pick: Callable[[], bytes]) -> None:
        super().__init__(pick())
        self._pick = pick

    def answered(self) -> None:
        self._request = self._pick()
        super().answered()


class Picking:
    """Most requests ask for one of few documents, and the rest for any, by chance."""

    def __init__(self, requests: list[bytes], hot: float) -> None:
        self._requests, self._hottest, self._hot = requests, requests[:HOT], hot
        self._chance = random.Random(9)

    def __call__(self) -> bytes:
        is_hot = self._chance.random() < self._hot
        return self._chance.choice(self._hottest if is_hot else self._requests)


def requests_of(data: Prepared, count: int) -> list[bytes]:
    """Documents that differ in an alias, and in which fields they ask for."""
    made: list[bytes] = []
    for number in range(count):
        wanted = " ".join(field for place, field in enumerate(FIELDS) if number >> place & 1)
        nodes = f"nodes {{ id {wanted} price {{ amount currency }} }}"
        made.append(data.asking(f"{{ page{number}: products(first: 1) {{ {nodes} }} }}"))
    return made


async def asked(server: Server, pick: Picking, most: int, seconds: float) -> list[list[object]]:
    """Rows of the table: what the process holds before, and after each tenth of the requests."""
    process, began = psutil.Process(server.child.pid), time.monotonic()
    rows = [row_of(0, most, began, process)]
    everyone = [await connected(server.port, pick) for _ in range(CONNECTIONS)]
    while (answers := sum(one.answers for one in everyone)) < most:
        if time.monotonic() > began + seconds:
            break
        if answers >= len(rows) * most / LOOKS:
            rows.append(row_of(answers, most, began, process))
        await asyncio.sleep(0.05)
    rows.append(row_of(answers, most, began, process))
    for one in everyone:
        assert not one.lost.done(), "the server closed a connection"
        await ended(one)
    return rows


async def connected(port: int, pick: Picking) -> Asker:
    loop = asyncio.get_running_loop()
    _, one = await loop.create_connection(lambda: Asker(pick), "127.0.0.1", port)
    return one


def row_of(answers: int, most: int, began: float, process: psutil.Process) -> list[object]:
    resident, spent = process.memory_info().rss / 1_000_000, time.monotonic() - began
    note(f"  {answers:,} requests after {spent:.0f} s: {resident:.1f} MB")
    return [f"{answers / most:.0%}", f"{answers:,}", round(spent), resident]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument(
        "--hot", type=float, default=0.9, help=f"share that asks for one of the first {HOT}"
    )
    parser.add_argument("--seconds", type=float, default=1_800, help="at most, whatever is left")
    chosen = parser.parse_args()
    with parts.cluster() as url:
        data = asyncio.run(prepared(url))
        requests = requests_of(data, chosen.documents)
        with running("house", data.told()) as server:
            body = asyncio.run(answer(server.port, requests[-1]))
            assert "errors" not in orjson.loads(body), body
            pick = Picking(requests, chosen.hot)
            rows = asyncio.run(asked(server, pick, chosen.requests, chosen.seconds))
    show(["of all", "requests", "after s", "resident MB"], rows)
    if rows[-1][0] != "100%":
        note(f"Cut short after {chosen.seconds:.0f} s.")
    note(f"{chosen.documents:,} documents; {chosen.hot:.0%} ask for one of the first {HOT}.")
    note(f"Load of the machine at the end: {os.getloadavg()[1]:.1f}, on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
