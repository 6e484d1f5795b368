"""The composition root, and what the command `tollhouse` starts."""

import os
import tomllib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from importlib import import_module, metadata
from pathlib import Path
from typing import Any

from access.check import KeyCheck
from cli.command import run
from cli.listen import explained, port_of
from cli.program import Delivering, Program, Running
from db import api_key

PROJECT = Path(__file__).parent / "pyproject.toml"
# How long requests under way may take once the server is asked to end.
DRAIN_SECONDS = 10
# How long the rest of a body is taken in that nobody wants.
LINGER_SECONDS = 2


def main() -> None:
    run(Program(os.environ, version(), now, sdl, listening, delivering, load, document_check))


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


def document_check() -> Callable[[str], list[str]]:
    from execution.trusting import checker  # noqa: PLC0415  # as above
    from resolvers.root import api  # noqa: PLC0415  # as above

    return checker(api)


def load() -> None:
    """Load what serving takes, so that processes which are forked from here on share it."""
    for module in ("delivery.house", "execution.application", "resolvers.root"):
        import_module(module)


@asynccontextmanager
async def listening(running: Running) -> AsyncGenerator[None]:
    """Answers requests inside the block; leaving it waits for those that are under way."""
    from aiohttp import web  # noqa: PLC0415  # most commands do without HTTP

    async with compose(running).serving(DRAIN_SECONDS, LINGER_SECONDS) as runner:
        with explained(running.settings.host, port_of(running.sockets)):
            for socket in running.sockets:
                await web.SockSite(runner, socket).start()
        yield


async def delivering(delivery: Delivering) -> None:
    """Sends webhooks and mail until cancelled."""
    from delivery.house import Parts, deliver  # noqa: PLC0415  # most commands send nothing

    settings = delivery.settings
    parts = Parts(
        database=delivery.database,
        hub=delivery.hub,
        encryption=delivery.encryption,
        networks=settings.webhook_networks,
        clock=now,
        user_agent=f"Tollhouse/{version()}",
        most=settings.deliveries,
        kept=timedelta(days=settings.delivery_days),
        smtp=settings.smtp_url,
        mail_from=settings.mail_from,
    )
    await deliver(parts)


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
        check=KeyCheck(find, running.peppers, running.cache, running.throttle),
        cache=running.cache,
        usage=running.usage,
        peppers=running.peppers,
        encryption=running.encryption,
        hub=running.hub,
        trusted=running.settings.trusted_proxies,
        origins=running.settings.cors_origins,
        webhook_networks=running.settings.webhook_networks,
        budgets=running.budgets,
        audience=running.settings.introspection,
        clock=now,
        ready=running.ready,
        only_trusted=running.settings.only_trusted,
        compiled=running.settings.compiled,
    )
    return make_application(parts)


if __name__ == "__main__":
    main()
