"""A schema whose fields wait, end or fail as a test tells them, and a client of sockets."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import orjson
import pytest
import strawberry
import strawberry.pydantic
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from pydantic import BaseModel
from strawberry.schema.config import StrawberryConfig

import tests.house
from db.ids import new_uuid
from db.news import Kind, News
from db.scope import Scope
from schema.context import Info
from schema.guards import changing, guarded, nested, public, streamed
from schema.scalars import SCALARS
from schema.walk import must_be_guarded
from tests.house import House, Key

PROTOCOL = "graphql-transport-ws"
HEAR = "subscription { heard { id } }"
COUNT = "subscription($to: Int!) { counted(to: $to) }"
WAIT = "{ waits }"
CHANGE = "mutation { changes }"


class Gate:
    """What waits in a resolver until a test lets it go on, and what has gone through."""

    def __init__(self) -> None:
        self.is_open = asyncio.Event()
        self.waiting = 0
        self.passed: list[str] = []

    async def __call__(self, name: str) -> int:
        self.waiting += 1
        try:
            await self.is_open.wait()
        finally:
            self.waiting -= 1
        self.passed.append(name)
        return len(self.passed)


gate = Gate()


async def names(_connection: Any, owner: UUID, ids: Any) -> dict[UUID, str]:
    gate.passed.append("names")
    return dict.fromkeys(ids, f"{owner}'s")


@strawberry.pydantic.type
class Heard(BaseModel):
    id: str

    @nested(str, Scope.PRODUCTS_READ, names)
    def name(self: Any) -> UUID:
        return UUID(self.id)


@strawberry.type
class Query:
    @public(str)
    async def caller(self, info: Info) -> str:
        return info.context.caller.key.actor.name

    @guarded(int, Scope.PRODUCTS_READ)
    async def waits(self) -> int:
        return await gate("query")

    @guarded(str, Scope.PRODUCTS_READ)
    async def long(self, length: int) -> str:
        return "x" * length


@strawberry.type
class Mutation:
    @changing(int | None, Scope.PRODUCTS_UPDATE)
    async def changes(self) -> int:
        return await gate("mutation")


@strawberry.type
class Subscription:
    @streamed(Heard, Scope.NOTIFICATIONS_READ)
    async def heard(self, info: Info) -> AsyncGenerator[Heard, None]:
        context = info.context
        with context.house.hub.listening(Kind.NOTIFICATION, context.organization_id) as ear:
            gate.passed.append("listening")
            try:
                while True:
                    yield Heard(id=str((await ear.next()).id))
            finally:
                gate.passed.append("gone")

    @streamed(int, Scope.NOTIFICATIONS_READ)
    def counted(self, to: int) -> AsyncGenerator[int, None]:
        return counting(to)

    @streamed(int, Scope.NOTIFICATIONS_READ)
    async def failing(self) -> AsyncGenerator[int, None]:
        yield 1
        raise RuntimeError("a secret of ours")

    @streamed(int, Scope.NOTIFICATIONS_READ)
    async def wrong(self) -> AsyncGenerator[Any, None]:
        yield "no number"
        yield 2


async def counting(to: int) -> AsyncGenerator[int, None]:
    for number in range(to):
        yield number


api = strawberry.Schema(Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=SCALARS))
must_be_guarded(api)


async def opened(house: House, monkeypatch: pytest.MonkeyPatch) -> House:
    """The house with the schema above, before anything has gone through the gate."""
    monkeypatch.setattr(tests.house, "api", api)
    gate.__init__()
    return await house.open()


class Client:
    """The other end of a socket."""

    def __init__(self, wire: ClientWebSocketResponse) -> None:
        self.wire = wire

    async def send(self, type: str, **members: Any) -> None:
        await self.wire.send_str(orjson.dumps({"type": type, **members}).decode())

    async def init(self, key: Key) -> "Client":
        await self.send("connection_init", payload={"authorization": f"Bearer {key.token}"})
        assert await self.receive() == {"type": "connection_ack"}
        return self

    async def subscribe(self, id: str, query: str, **variables: Any) -> None:
        payload = {"query": query, "variables": variables}
        await self.send("subscribe", id=id, payload=payload)

    async def receive(self) -> Any:
        message = await self.wire.receive(timeout=5)
        assert message.type is WSMsgType.TEXT, message
        return orjson.loads(message.data)

    async def received(self, count: int) -> list[Any]:
        return [await self.receive() for _ in range(count)]

    async def settled(self) -> None:
        """Wait for an answer to a ping, with nothing else before it."""
        await self.send("ping")
        assert await self.receive() == {"type": "pong"}

    async def closed(self) -> tuple[int, str]:
        """The code and the reason, with no message before them."""
        message = await self.wire.receive(timeout=5)
        assert message.type is WSMsgType.CLOSE, message
        return message.data, message.extra


@asynccontextmanager
async def connected(house: House, key: Key | None = None, **options: Any) -> AsyncGenerator[Client]:
    """A client, which has introduced itself where it has a key."""
    options.setdefault("protocols", [PROTOCOL])
    async with (
        ClientSession() as session,
        session.ws_connect(house.url(), max_msg_size=0, **options) as wire,
    ):
        client = Client(wire)
        yield await client.init(key) if key else client


def tell(house: House, key: Key, about: str | None = None) -> str:
    """Tell the key's organization of something, or of something new."""
    id = UUID(about) if about else new_uuid(house.clock())
    house.hub.tell([News(Kind.NOTIFICATION, key.organization, id, id)])
    return str(id)


def next_heard(id: str, about: str) -> Any:
    return {"type": "next", "id": id, "payload": {"data": {"heard": {"id": about}}}}


async def until(condition: Any) -> None:
    """Wait for what is about to happen."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)
