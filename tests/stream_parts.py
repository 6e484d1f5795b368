"""A client of Server-Sent Events, which reads them one by one."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import ClientResponse, ClientSession

from tests.house import House, Key

EVENTS = "text/event-stream"
COMPLETE = ("complete", "")


class Hearing:
    """The other end of a stream."""

    def __init__(self, answer: ClientResponse) -> None:
        self.answer = answer

    async def receive(self) -> Any:
        """The next event, a comment as its text, None at the end."""
        lines: list[str] = []
        async with asyncio.timeout(5):
            while line := await self.answer.content.readline():
                if line == b"\n":
                    return self._read(lines)
                lines.append(line.decode().removesuffix("\n"))
        assert lines == []
        return None

    async def rest(self) -> list[Any]:
        return [event async for event in self]

    async def __aiter__(self) -> AsyncGenerator[Any, None]:
        while (event := await self.receive()) is not None:
            yield event

    def _read(self, lines: list[str]) -> Any:
        if lines == [":"]:
            return ":"
        event, data = lines
        name, content = event.removeprefix("event: "), data.removeprefix("data:").lstrip(" ")
        return name, orjson.loads(content) if content else content


@asynccontextmanager
async def hearing(
    house: House,
    key: Key | None,
    query: str,
    accept: str = EVENTS,
    headers: Any = None,
    **variables: Any,
) -> AsyncGenerator[Hearing]:
    """An operation as a stream, or its refusal."""
    sent = {"Authorization": f"Bearer {key.token}"} if key else {}
    body = {"query": query, "variables": variables}
    async with (
        ClientSession(headers={"Accept": accept, **sent, **(headers or {})}) as session,
        session.post(house.url(), json=body) as answer,
    ):
        yield Hearing(answer)


@asynccontextmanager
async def begun(house: House, key: Key, query: str, **variables: Any) -> AsyncGenerator[Hearing]:
    """A stream whose headers have come."""
    async with hearing(house, key, query, **variables) as stream:
        assert stream.answer.status == 200
        assert await stream.receive() == ":"
        yield stream


def told(code: str, message: str, **details: Any) -> Any:
    """An error that ends a stream."""
    error = {"message": message, "extensions": {"code": code, **details}}
    return "next", {"errors": [error]}


def streams_of(house: House) -> tuple[Any, Any]:
    """Those that are open, and how many each key has."""
    streams: Any = house.server.streams
    return streams._streams, streams._of_key
