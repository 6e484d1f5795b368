"""Three servers on one database, and one key that is used at all of them all the time."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from aiohttp import ClientSession

from tests.cli_parts import Command
from tests.delivery_parts import until
from tests.embedded_parts import ask
from tests.serve_parts import serving

# The last one has two.
PROCESSES = 4
PAUSE_SECONDS = 0.02
PROTOCOL = "graphql-transport-ws"
PAGE = "{ products(first: 1) { nodes { id } } }"
HEAR = "subscription { notificationAdded { id } }"
LISTENERS = """SELECT coalesce(array_agg(pid), '{}') FROM pg_stat_activity
WHERE datname = current_database() AND query = 'SELECT 1' AND pid <> pg_backend_pid()"""


class Key(NamedTuple):
    id: str
    token: str


class Seen(NamedTuple):
    """What came of a key at one server: when it was last let in, and how it ended there."""

    last_let_in: float
    status: int
    code: str
    socket_ended: float
    socket: int


class Fleet:
    def __init__(self, url: str, folder: Path, urls: list[str]) -> None:
        self.url, self.urls = url, urls
        self.command = Command(url, folder)
        self.command.clock = lambda: datetime.now(UTC)
        self.command("organizations", "create", "--name", "Acme", "--slug", "acme")
        self.admin = self._made("Admin")
        self._addresses = count(1)

    def _made(self, name: str) -> Key:
        made = self.command.json("keys", "create", "--organization", "acme", "--name", name)
        return Key(made["id"], made["token"])

    async def key(self) -> Key:
        return await asyncio.to_thread(self._made, "Watched")

    async def by_sql(self, statement: str, *values: object) -> Any:
        return await ask(self.url, statement, *values)

    async def by_api(self, mutation: str) -> Any:
        """By the administrator's key, at the first server."""
        async with ClientSession() as session:
            _, answer = await post(session, self.urls[0], self.admin.token, mutation)
        assert "errors" not in answer, answer
        return answer["data"]

    async def by_command_line(self, *words: str) -> None:
        await asyncio.to_thread(self.command, *words)

    async def listeners(self) -> list[int]:
        """The database's processes that the servers listen at."""
        found: list[int] = []

        async def are_all_there() -> bool:
            found[:] = await ask(self.url, LISTENERS)
            # One of them may be telling news just now.
            return len(found) == PROCESSES

        await until(are_all_there)
        return found

    async def wait_ready(self) -> None:
        """Until all of them hear of changes."""
        async with ClientSession() as session:
            for url in self.urls:
                status = 0
                while status != 200:
                    async with session.get(f"{url}/readyz") as answer:
                        status = answer.status

    async def ends(self, key: Key, change: Callable[[], Awaitable[float | None]]) -> list[Seen]:
        """What each server makes of a key that is in use when it is changed.

        Times are seconds since the change was acknowledged, or since the moment that it gives. The
        key is used from an address of its own, for all of them count what fails from one together.
        """
        address = f"198.51.100.{next(self._addresses)}"
        watches = [Watch(url, key.token, address) for url in self.urls]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(watch.run()) for watch in watches]
            for watch in watches:
                await watch.has_begun.wait()
            moment = await change() or time.monotonic()
        return [since(moment, task.result()) for task in tasks]


class Watch:
    """Uses a key at one server, by requests and by a subscription, until both are refused."""

    def __init__(self, url: str, token: str, address: str) -> None:
        self.url, self.token = url, token
        self._headers = {"X-Forwarded-For": address}
        self.has_begun = asyncio.Event()

    async def run(self) -> Seen:
        async with (
            ClientSession(headers=self._headers) as session,
            subscribed(session, self.url, self.token) as socket,
        ):
            ended = asyncio.create_task(how_it_ends(socket))
            last, (status, answer) = 0.0, (200, {})
            while status == 200:
                began = time.monotonic()
                status, answer = await post(session, self.url, self.token, PAGE)
                last = began if status == 200 else last
                # The second one comes from the cache, where that is used.
                self.has_begun.set()
                await asyncio.sleep(PAUSE_SECONDS)
            code = answer["errors"][0]["extensions"]["code"]
            return Seen(last, status, code, *await ended)


def since(moment: float, seen: Seen) -> Seen:
    return seen._replace(
        last_let_in=seen.last_let_in - moment, socket_ended=seen.socket_ended - moment
    )


async def post(session: ClientSession, url: str, token: str, query: str) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    async with session.post(f"{url}/graphql", json={"query": query}, headers=headers) as answer:
        return answer.status, await answer.json()


@asynccontextmanager
async def subscribed(session: ClientSession, url: str, token: str) -> AsyncGenerator[Any]:
    async with session.ws_connect(f"{url}/graphql", protocols=[PROTOCOL]) as socket:
        payload = {"authorization": f"Bearer {token}"}
        await socket.send_json({"type": "connection_init", "payload": payload})
        assert await socket.receive_json() == {"type": "connection_ack"}
        await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": HEAR}})
        yield socket


async def how_it_ends(socket: Any) -> tuple[float, int]:
    """When, and by which code; its subscription may end before, where news were missed."""
    async for _ in socket:
        pass
    return time.monotonic(), socket.close_code


@contextmanager
def fleet_on(url: str, folder: Path):
    """All at once on a database without tables, which one of them makes."""
    settings = {
        "DATABASE_URL": url,
        "TOLLHOUSE_RATE_LIMIT": "6000000",
        "TOLLHOUSE_TRUSTED_PROXIES": "127.0.0.1",
    }
    with ExitStack() as held:
        servers = [
            held.enter_context(
                serving(folder, "serve", "--no-worker", "--workers", workers, **settings)
            )
            for workers in ("1", "1", "2")
        ]
        yield Fleet(url, folder, [server.wait_ready() for server in servers])
        assert [server.stop() for server in servers] == [0, 0, 0]


@contextmanager
def frozen(pids: list[int]):
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
