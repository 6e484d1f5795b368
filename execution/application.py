"""The HTTP application: the endpoint, and what an operator's monitoring asks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import orjson
import strawberry
from aiohttp import web

from access.audience import Audience
from access.budget import Budgets
from access.cache import KeyCache
from access.caller import Caller
from access.check import KeyCheck
from access.encryption import EncryptionKeys
from access.networks import Rules
from access.pepper import Peppers
from access.usage import Usage
from db import trusted_document
from db.database import Database
from db.hub import Hub
from execution import graphiql
from execution.cors import PATH, Cors, is_preflight
from execution.documents import Documents
from execution.guard_rules import GuardRules
from execution.library import Find, Library
from execution.request import MOST_BYTES
from execution.run import Runner
from execution.serving import Serving
from execution.sockets import Sockets, is_upgrade
from execution.streams import Streams
from execution.toll import Toll
from execution.view import View
from execution.whole import Whole
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
    encryption: EncryptionKeys
    hub: Hub
    trusted: Rules
    webhook_networks: Rules
    budgets: Budgets
    audience: Audience
    clock: Callable[[], datetime]
    ready: Ready
    # The origins whose pages may call.
    origins: frozenset[str] = frozenset()
    # Whether no other documents are run than those that an operator trusts.
    only_trusted: bool = False
    compiled: bool = True


def make_application(parts: Parts) -> web.Application:
    schema = parts.api._schema  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Strawberry has no other way to it
    toll = Toll(parts.budgets, parts.audience)
    library = Library(finder(parts.database, toll), only_trusted=parts.only_trusted)
    documents = Documents(schema, GuardRules(), compiles=parts.compiled)
    runner = Runner(schema, documents, library, toll)
    house = House(
        parts.database,
        parts.cache,
        parts.peppers,
        parts.encryption,
        parts.hub,
        parts.webhook_networks,
    )
    application = web.Application(client_max_size=MOST_BYTES)
    serving = Serving(runner, parts.check, house, parts.usage, parts.clock)
    sockets, streams, cors = Sockets(serving, parts.trusted), Streams(serving), Cors(parts.origins)
    view = View(serving, streams, parts.trusted)
    application.router.add_route("*", PATH, entrance(view, sockets, cors))
    application.cleanup_ctx.extend((sockets.watching, streams.watching))
    application.on_shutdown.extend((sockets.close, streams.close))
    if parts.origins:
        application.on_response_prepare.append(cors.show)
    application.router.add_routes(graphiql.routes())
    application.router.add_get("/", signpost)
    application.router.add_get("/healthz", alive)
    application.router.add_get("/readyz", readiness(parts.ready))
    return application


def finder(database: Database, toll: Toll) -> Find:
    async def find(id: str, caller: Caller) -> str | None:
        # There are as many ids to ask for as anybody likes.
        await toll.must_have_some(caller)
        async with database.reading() as connection:
            return await trusted_document.find(connection, id)

    return find


def entrance(
    view: View, sockets: Sockets, cors: Cors
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        if is_upgrade(request):
            return await sockets.answer(request)
        if is_preflight(request):
            return cors.preflight(request)
        return await view.answer(request)

    async def shown(request: web.Request) -> web.StreamResponse:
        response = await answer(request)
        if isinstance(response, Whole):
            # No signal tells that it is about to go.
            await cors.show(request, response)
        return response

    return shown if cors.is_on else answer


async def signpost(_request: web.Request) -> web.Response:
    """For whoever opens the address that the start prints."""
    return web.json_response(
        {
            "name": "Tollhouse",
            "graphql": "/graphql",
            "graphiql": "/graphiql",
            "alive": "/healthz",
            "ready": "/readyz",
        }
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
