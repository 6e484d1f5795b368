"""The composition root, and what the command `tollhouse` starts."""

import os
import tomllib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from access.check import KeyCheck
from access.throttle import Throttle
from cli.command import run
from cli.listen import explained, port_of
from cli.program import Program, Running
from db import api_key

PROJECT = Path(__file__).parent / "pyproject.toml"
# How long requests under way may take once the server is asked to end.
DRAIN_SECONDS = 10
# How long the rest of a body is taken in that nobody wants.
LINGER_SECONDS = 2


def main() -> None:
    run(Program(os.environ, version(), now, sdl, listening))


def now() -> datetime:
    return datetime.now(UTC)


def version() -> str:
    """The tree's own in the repository, else that of the installed package."""
    if PROJECT.exists():
        return tomllib.loads(PROJECT.read_text())["project"]["version"]
    return metadata.version("tollhouse")


def sdl() -> str:
    from resolvers.root import api  # noqa: PLC0415  # most commands do without GraphQL

    return str(api)


@asynccontextmanager
async def listening(running: Running) -> AsyncGenerator[None]:
    """Answers requests inside the block; leaving it waits for those that are under way."""
    from aiohttp import web  # noqa: PLC0415  # most commands do without HTTP

    application = compose(running)
    runner = web.AppRunner(
        application,
        access_log=None,
        shutdown_timeout=DRAIN_SECONDS,
        # Otherwise what a stranger sends is unpacked before it is known who they are.
        auto_decompress=False,
        lingering_time=LINGER_SECONDS,
    )
    await runner.setup()
    try:
        with explained(running.settings.host, port_of(running.sockets)):
            for socket in running.sockets:
                await web.SockSite(runner, socket).start()
        yield
    finally:
        await runner.cleanup()


def compose(running: Running) -> Any:
    """The application, of the parts that the running command has."""
    from execution.application import Parts, make_application  # noqa: PLC0415  # as above
    from resolvers.root import api  # noqa: PLC0415  # as above

    database = running.database

    async def find(token_id: str) -> api_key.ApiKey | None:
        async with database.reading() as connection:
            return await api_key.find_by_token_id(connection, token_id)

    parts = Parts(
        api=api,
        database=database,
        check=KeyCheck(find, running.peppers, running.cache, Throttle()),
        cache=running.cache,
        usage=running.usage,
        peppers=running.peppers,
        trusted=running.settings.trusted_proxies,
        clock=now,
        ready=running.ready,
        compiled=running.settings.compiled,
    )
    return make_application(parts)


if __name__ == "__main__":
    main()
