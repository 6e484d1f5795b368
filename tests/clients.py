"""The programs in tests/clients: the audit of graphql-http and the reference clients, on Node."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from tests.embedded_parts import ROOT
from tests.house import House, Key

FOLDER = ROOT / "tests" / "clients"
ABSENT = "tests/clients/node_modules is missing: `make suite` installs it."


class Program:
    """A program that is running, and what it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def said(self) -> Any:
        """The next line."""
        assert self._process.stdout
        async with asyncio.timeout(20):
            return json.loads(await self._process.stdout.readline())

    def stop(self) -> None:
        """Let the client complete the operation."""
        assert self._process.stdin
        self._process.stdin.write(b"\n")


@asynccontextmanager
async def program(name: str, *arguments: str) -> AsyncGenerator[Program]:
    """One of the programs; it must end by itself and complain of nothing."""
    assert (FOLDER / "node_modules").exists(), ABSENT
    process = await asyncio.create_subprocess_exec(
        ROOT / "packaging" / "node.sh",
        "node",
        FOLDER / f"{name}.mjs",
        *arguments,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    assert process.stdin
    try:
        yield Program(process)
    finally:
        process.stdin.close()
        _, complaints = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, complaints.decode()) == (0, "")


@asynccontextmanager
async def following(over: str, house: House, key: Key, query: str) -> AsyncGenerator[Program]:
    """A reference client that follows an operation over `events` or a `socket`."""
    async with program("follow", over, house.url(), key.token, query) as client:
        assert await client.said() == ["connecting", False]
        yield client
