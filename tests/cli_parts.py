"""What the tests of the command line share: the command in this process, on a real database."""

import asyncio
import re
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

import asyncpg
import orjson
from click.testing import CliRunner, Result

from cli.command import tollhouse
from cli.program import Delivering, Program
from tests.embedded_parts import ask

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
C_LETTERS = "LOCALE_PROVIDER libc LOCALE 'C'"
TOKEN = re.compile(r"th_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}")


class Command:
    """Runs `tollhouse` on a database, with a data folder of its own."""

    def __init__(self, url: str | None, data: Any) -> None:
        self.url, self.data = url, data
        self.environment: dict[str, str] = {"TOLLHOUSE_DATA": str(data)}
        if url is not None:
            self.environment["DATABASE_URL"] = url
        self.clock, self.listening = (lambda: NOW), nullcontext
        self.sending: Delivering | None = None
        self.document_check: Callable[[str], list[str]] = lambda text: [text[:5]]

    @property
    def program(self) -> Program:
        return Program(
            self.environment,
            "1.2.3",
            self.clock,
            lambda: "type Query\n\n",
            self.listening,
            self.delivering,
            lambda: None,
            lambda: self.document_check,
        )

    async def delivering(self, delivery: Delivering) -> None:
        """Sends nothing, until it is cancelled."""
        self.sending = delivery
        await asyncio.Event().wait()

    def __call__(self, *arguments: str, code: int = 0) -> Result:
        result = CliRunner().invoke(tollhouse, arguments, obj=self.program, prog_name="tollhouse")
        assert result.exit_code == code, (result.output, result.exc_info)
        return result

    def json(self, *arguments: str) -> Any:
        return orjson.loads(self(*arguments, "--json").stdout)

    def refused(self, *arguments: str, code: int = 1) -> str:
        """What is said of a command that fails."""
        return self(*arguments, code=code).stderr.partition("Error: ")[2].rstrip("\n")

    def ask(self, statement: str, *values: object) -> Any:
        """The first value that the database answers."""
        assert self.url is not None
        return asyncio.run(ask(self.url, statement, *values))


@contextmanager
def another_database(url: str, name: str, options: str = ""):
    """The URL of one more database of the same server, without tables."""
    asyncio.run(run(url, f"CREATE DATABASE {name} TEMPLATE template0 {options}"))
    try:
        yield url.replace("@/tollhouse", f"@/{name}")
    finally:
        asyncio.run(run(url, f"DROP DATABASE {name} WITH (FORCE)"))


async def run(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
