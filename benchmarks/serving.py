"""One server for a benchmark, in a process of its own, which can look where its time goes."""

import asyncio
import cProfile
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import psutil
from aiohttp import web

from access.cache import KeyCache
from benchmarks import by_hand, parts
from cli.garbage import leave_out_what_lasts, look_seldom
from db.database import Database
from execution.application import make_application

ROOT = Path(__file__).parent.parent
PATH = "/graphql"


MAIN = "from benchmarks.serving import main; main()"


class Server(NamedTuple):
    """A running server; it ends where its standard input does."""

    port: int
    child: subprocess.Popen[str]

    def cpu_seconds(self) -> float:
        used = psutil.Process(self.child.pid).cpu_times()
        return used.user + used.system

    def profile(self) -> None:
        """From now on, what runs is written down, into the file that the server was given."""
        assert self.child.stdin, "it is a pipe"
        self.child.stdin.write("profile\n")
        self.child.stdin.flush()


@contextmanager
def server(kind: str, source: str, profile: str = "") -> Generator[Server]:
    """Kinds are house, core (the same without programs) and by_hand, over a database's URL.

    And bare, with bytes from a file.
    """
    command = [sys.executable, "-c", MAIN, kind, source, profile]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as child:
        assert child.stdin, "it is a pipe"
        assert child.stdout, "it is a pipe"
        try:
            # A warning, as of a page that isn't built, comes before the port.
            port = next(int(line) for line in child.stdout if line.strip().isdigit())
            yield Server(port, child)
        finally:
            child.stdin.close()


async def serving(kind: str, source: str) -> AbstractAsyncContextManager[web.BaseRunner]:
    if kind in {"house", "core"}:
        return house(await Database.open(source), compiled=kind == "house")
    built = web.Application()
    if kind == "by_hand":
        handler = await by_hand.by_hand(source)
    else:
        handler = by_hand.bare(Path(source))
    built.router.add_post(PATH, handler)
    return running(web.AppRunner(built, access_log=None, shutdown_timeout=1))


def house(database: Database, *, compiled: bool) -> AbstractAsyncContextManager[web.BaseRunner]:
    """Tollhouse's own server."""
    made = replace(parts.house(database, KeyCache()), compiled=compiled)
    return make_application(made).serving(1, 1)


@asynccontextmanager
async def running(runner: web.BaseRunner) -> AsyncGenerator[web.BaseRunner]:
    await runner.setup()
    try:
        yield runner
    finally:
        await runner.cleanup()


async def listen(runner: web.BaseRunner) -> int:
    """The port that it listens on from now on."""
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner.addresses[0][1]


async def serve(kind: str, source: str, profile: str) -> None:
    async with await serving(kind, source) as runner:
        port = await listen(runner)
        leave_out_what_lasts()
        print(port, flush=True)
        if await asyncio.to_thread(sys.stdin.readline):
            with cProfile.Profile() as profiler:
                await asyncio.to_thread(sys.stdin.readline)
            profiler.dump_stats(profile)


def main() -> None:
    # As `tollhouse serve` has it, and for whatever it is compared with.
    look_seldom()
    asyncio.run(serve(*sys.argv[1:]))
