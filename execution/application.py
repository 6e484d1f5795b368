"""The HTTP application: the endpoint, and what an operator's monitoring asks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import orjson
import strawberry
from aiohttp import web

from access.cache import KeyCache
from access.check import KeyCheck
from access.networks import Rules
from access.pepper import Peppers
from access.usage import Usage
from db.database import Database
from execution.documents import Documents
from execution.guard_rules import GuardRules
from execution.request import MOST_BYTES
from execution.run import Runner
from execution.view import View
from schema.context import House

Ready = Callable[[], Awaitable[list[str]]]


@dataclass(frozen=True)
class Parts:
    """What the application is made of; `ready` tells what keeps it from being ready.

    Where `compiled` is false, graphql-core runs all operations.
    """

    api: strawberry.Schema
    database: Database
    check: KeyCheck
    cache: KeyCache
    usage: Usage
    peppers: Peppers
    trusted: Rules
    clock: Callable[[], datetime]
    ready: Ready
    compiled: bool = True


def make_application(parts: Parts) -> web.Application:
    schema = parts.api._schema  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Strawberry has no other way to it
    runner = Runner(schema, Documents(schema, GuardRules()), compiled=parts.compiled)
    house = House(parts.database, parts.cache, parts.peppers)
    view = View(runner, parts.check, house, parts.usage, parts.trusted, parts.clock)
    application = web.Application(client_max_size=MOST_BYTES)
    application.router.add_route("*", "/graphql", view.answer)
    application.router.add_get("/", signpost)
    application.router.add_get("/healthz", alive)
    application.router.add_get("/readyz", readiness(parts.ready))
    return application


async def signpost(_request: web.Request) -> web.Response:
    """For whoever opens the address that the start prints."""
    return web.json_response(
        {"name": "Tollhouse", "graphql": "/graphql", "alive": "/healthz", "ready": "/readyz"}
    )


async def alive(_request: web.Request) -> web.Response:
    return web.json_response({"status": "alive"})


def readiness(ready: Ready) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        lacking = await ready()
        body = {"status": "not ready", "lacking": lacking} if lacking else {"status": "ready"}
        return web.Response(
            status=503 if lacking else 200,
            body=orjson.dumps(body),
            content_type="application/json",
        )

    return answer
