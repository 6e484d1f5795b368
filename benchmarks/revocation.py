"""How long a changed key still works, at three servers that share a database."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from ipaddress import ip_address
from pathlib import Path
from statistics import quantiles
from typing import Any

import asyncpg
from aiohttp import ClientSession

from benchmarks import parts
from benchmarks.table import note, show
from db.database import Database
from db.migrate import upgrade

ROOT = Path(__file__).parent.parent
SERVERS = 3
PAGE = {"query": "{ products(first: 1) { nodes { id } } }"}
DOORS = {
    "revoked": "UPDATE api_key SET revoked_at = now() WHERE id = $1",
    "narrowed": "UPDATE api_key SET full_access = false, granted = '{webhooks.read}' WHERE id = $1",
    "expired": "UPDATE api_key SET expires_at = now() WHERE id = $1",
    "another token": "UPDATE api_key SET digest = sha256('another') WHERE id = $1",
}


@contextmanager
def server(url: str, folder: str) -> Generator[str]:
    """The URL of a server as operators start it."""
    environment = os.environ | {
        "DATABASE_URL": url,
        "TOLLHOUSE_DATA": folder,
        "TOLLHOUSE_DEMO": "0",
        "TOLLHOUSE_PEPPERS": parts.PEPPERS.show(),
        "TOLLHOUSE_PORT": "0",
        "TOLLHOUSE_TRUSTED_PROXIES": "127.0.0.1",
    }
    command = [sys.executable, "server.py", "serve", "--no-worker"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout, "it is a pipe"
        try:
            line = child.stdout.readline()
            assert line.startswith("ready "), "the server is ready"
            yield line.split()[1]
        finally:
            child.terminate()
            child.communicate()


@asynccontextmanager
async def watched(urls: list[str]) -> AsyncGenerator[list[tuple[ClientSession, str]]]:
    """A connection that stays open to each."""
    async with AsyncExitStack() as held:
        yield [(await held.enter_async_context(ClientSession()), url) for url in urls]


async def status(place: tuple[ClientSession, str], key: parts.Key) -> int:
    session, url = place
    # Each key from an address of its own: refused tokens slow an address down.
    address = ip_address(key.id.int & 0xFFFFFFFF | 0x0A000000)
    headers = {"Authorization": f"Bearer {key.token}", "X-Forwarded-For": str(address)}
    async with session.post(f"{url}/graphql", json=PAGE, headers=headers) as answer:
        await answer.read()
        return answer.status


async def until_refused(place: tuple[ClientSession, str], key: parts.Key) -> float:
    while await status(place, key) == 200:
        pass
    return time.monotonic()


async def measure(database: Database, connection: Any, urls: list[str], changes: int) -> None:
    owner = await parts.organization(database, "acme")
    taken: dict[str, list[float]] = {name: [] for name in DOORS}
    async with watched(urls) as places:
        for number in range(changes):
            name = list(DOORS)[number % len(DOORS)]
            key = await parts.key(database, owner)
            for place in places * 2:
                assert await status(place, key) == 200
            await connection.execute(DOORS[name], key.id)
            moment = time.monotonic()
            ends = await asyncio.gather(*(until_refused(place, key) for place in places))
            taken[name] += [1_000 * (end - moment) for end in ends]
    everything = [each for some in taken.values() for each in some]
    rows = [row(name, some) for name, some in (*taken.items(), ("all", everything))]
    show(("the key is", "servers x changes", "p50, ms", "p99, ms", "longest, ms"), rows)


def row(name: str, some: list[float]) -> tuple[object, ...]:
    cuts = quantiles(some, n=100)
    return name, len(some), cuts[49], cuts[98], max(some)


async def run(url: str, urls: list[str], changes: int) -> None:
    connection = await asyncpg.connect(url)
    async with parts.opened(url) as database:
        await measure(database, connection, urls, changes)
    await connection.close()


def main() -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--changes", type=int, default=1_000)
    changes = parser.parse_args().changes
    with parts.cluster() as url, tempfile.TemporaryDirectory() as folder, ExitStack() as held:
        asyncio.run(upgrade(url))
        urls = [held.enter_context(server(url, folder)) for _ in range(SERVERS)]
        note(f"{changes} changes by SQL, {SERVERS} servers that are asked all the time")
        asyncio.run(run(url, urls, changes))


if __name__ == "__main__":
    main()
