"""The HTTP application, put together: the endpoint, and what an operator's monitoring asks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

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
from execution.cors import Cors, is_preflight
from execution.documents import Documents
from execution.front import Entrance, Front
from execution.guard_rules import GuardRules
from execution.http_server import HttpServer
from execution.library import Find, Library
from execution.pages import Ready, pages
from execution.run import Runner
from execution.serving import Serving
from execution.sockets import Sockets, is_upgrade
from execution.streams import Streams
from execution.toll import Toll
from execution.view import View
from execution.whole import Answer
from schema.context import House


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


def make_application(parts: Parts) -> HttpServer:
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
    serving = Serving(runner, parts.check, house, parts.usage, parts.clock)
    cors = Cors(parts.origins)
    sockets, streams = Sockets(serving, parts.trusted), Streams(serving, cors.fields)
    view = View(serving, streams, parts.trusted)
    front = Front(entrance(view, sockets, cors), pages(parts.ready))
    return HttpServer(front, sockets, streams)


def finder(database: Database, toll: Toll) -> Find:
    async def find(id: str, caller: Caller) -> str | None:
        # There are as many ids to ask for as anybody likes.
        await toll.must_have_some(caller)
        async with database.reading() as connection:
            return await trusted_document.find(connection, id)

    return find


def entrance(view: View, sockets: Sockets, cors: Cors) -> Entrance:
    """Tells who answers a request to the endpoint."""

    def part(request: web.BaseRequest) -> Answer:
        answer: Answer = view.answer
        if is_upgrade(request):
            answer = sockets.answer
        elif is_preflight(request):
            answer = cors.preflight
        return cors.shown(answer, request) if cors.is_on else answer

    return part
