"""The house as tests use it: a real server on loopback over a real database."""

from collections.abc import Iterable
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from aiohttp import ClientSession, web

import db.api_key
import db.organization
from access.audience import Audience
from access.budget import Budgets
from access.cache import KeyCache
from access.check import KeyCheck
from access.encryption import EncryptionKeys
from access.issue import new_token
from access.networks import Rules, canonical, parse_rule
from access.pepper import Peppers
from access.throttle import Throttle
from access.usage import Usage
from db import api_key_change
from db.actor import OPERATOR, Origin
from db.database import Database
from db.hub import Hub
from db.scope import Scope
from execution.application import Parts, make_application
from execution.http_server import HttpServer
from resolvers.root import api
from tests.recorder import Recorder

GRAPHQL = "application/graphql-response+json"


class Clock:
    """A clock that goes a millisecond each time it is read, and further when told to."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class Key(NamedTuple):
    """A key that a test made, with its token."""

    token: str
    id: str
    uuid: UUID
    organization: UUID


class Answer(NamedTuple):
    status: int
    body: Any
    headers: Any

    @property
    def data(self) -> Any:
        """The data of an answer that has no errors."""
        assert "errors" not in self.body, self.body
        return self.body["data"]

    @property
    def codes(self) -> list[str]:
        return [error["extensions"]["code"] for error in self.body["errors"]]

    @property
    def error(self) -> dict[str, Any]:
        """The only error."""
        [error] = self.body["errors"]
        return error

    @property
    def fields(self) -> dict[str, str]:
        """What is wrong with which field of the input."""
        return {field["path"]: field["message"] for field in self.error["extensions"]["fields"]}


class House:
    def __init__(self, database: Database, recorder: Recorder, hub: Hub) -> None:
        self.database, self.recorder, self.hub = database, recorder, hub
        self.clock, self.cache, self.usage = Clock(), KeyCache(), Usage()
        self.peppers = Peppers.generate()
        self.encryption = EncryptionKeys.generate()
        self.trusted = Rules(frozenset())
        self.origins: frozenset[str] = frozenset()
        self.webhook_networks = Rules(frozenset())
        self.throttle = Throttle()
        self.budgets, self.audience = Budgets(), Audience.KEYS
        self.lacking: list[str] = []
        self.only_trusted = False
        self.compiled = True
        # There once it is open.
        self.server: HttpServer
        self._runner: web.BaseRunner
        self._root: str
        self._serving = AsyncExitStack()
        self._session: ClientSession | None = None
        self._count = 0

    async def find(self, token_id: str) -> Any:
        async with self.database.reading() as connection:
            return await db.api_key.find_by_token_id(connection, token_id)

    async def ready(self) -> list[str]:
        return self.lacking

    async def open(self) -> "House":
        """Start the server; the parts can be replaced before."""
        check = KeyCheck(self.find, self.peppers, self.cache, self.throttle)
        parts = Parts(
            api=api,
            database=self.database,
            check=check,
            cache=self.cache,
            usage=self.usage,
            peppers=self.peppers,
            encryption=self.encryption,
            hub=self.hub,
            trusted=self.trusted,
            origins=self.origins,
            webhook_networks=self.webhook_networks,
            budgets=self.budgets,
            audience=self.audience,
            clock=self.clock,
            ready=self.ready,
            only_trusted=self.only_trusted,
            compiled=self.compiled,
        )
        self.server = make_application(parts)
        self._runner = await self._serving.enter_async_context(self.server.serving(10, 2))
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        # Kept, since a server that has ended has no address.
        host, port = self._runner.addresses[0]
        self._root = f"http://{host}:{port}"
        self._session = ClientSession()
        return self

    async def close(self) -> None:
        if self._session:
            await self._session.close()
        await self.end()

    async def end(self) -> None:
        """End the server alone; it can't be started again."""
        await self._serving.aclose()

    def url(self, path: str = "/graphql") -> str:
        return self._root + path

    @property
    def connections(self) -> list[Any]:
        """Those that clients have to the server."""
        assert self._runner.server
        return self._runner.server.connections

    async def organization(self, name: str = "") -> UUID:
        self._count += 1
        slug = name or f"organization-{self._count}"
        async with self.database.transaction() as connection:
            details = db.organization.Details(name=slug.title(), slug=slug)
            return (await db.organization.create(connection, details, self.clock())).id

    async def key(
        self,
        organization: UUID | None = None,
        scopes: Iterable[Scope] | None = None,
        ips: Iterable[str] = (),
        expires_at: datetime | None = None,
        name: str = "Test key",
    ) -> Key:
        """A key of the organization, or of a new one; without scopes it has full access."""
        owner = organization or await self.organization()
        now = self.clock()
        token, kept = new_token(self.peppers)
        rules = [(canonical(parse_rule(ip)), None) for ip in ips]
        powers = {
            "full_access": scopes is None,
            "granted": [scope for scope in Scope if scope in (scopes or ())],
            "rules": api_key_change.rules_from(rules, now),
            "expires_at": expires_at,
        }
        details = db.api_key.Details(name=name)
        async with self.database.transaction() as connection:
            row = await api_key_change.create(
                connection, owner, Origin(OPERATOR, now), details, powers, kept
            )
        return Key(token.text, row.typeid, row.id, owner)

    async def ask(
        self, key: Key | str | None, query: str, /, headers: Any = None, **variables: Any
    ) -> Answer:
        """Send an operation as the key, or with a token, or without any."""
        token = key.token if isinstance(key, Key) else key
        sent = {"Authorization": f"Bearer {token}"} if token is not None else {}
        body = {"query": query, "variables": variables}
        return await self.send(
            "POST",
            data=orjson.dumps(body),
            headers={
                "Content-Type": "application/json",
                "Accept": GRAPHQL,
                **sent,
                **(headers or {}),
            },
        )

    async def send(self, method: str, path: str = "/graphql", **options: Any) -> Answer:
        """Any request at all."""
        assert self._session
        async with self._session.request(method, self.url(path), **options) as response:
            content = await response.read()
            return Answer(
                response.status, orjson.loads(content) if content else None, response.headers
            )

    @contextmanager
    def counting(self):
        """The statements that run inside the block."""
        counted: list[str] = []
        before = len(self.recorder.statements)
        yield counted
        counted += self.recorder.statements[before:]
