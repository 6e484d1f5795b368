"""Sending one webhook: one POST to a server that nothing is known of and nothing is believed."""

import asyncio
import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from time import perf_counter
from typing import Final, Self

from aiohttp.abc import AbstractResolver

from access.networks import Rules
from delivery.answer import Answer, Sent, kept_text, retry_after, unanswered
from delivery.connection import Connection, TimedOut
from delivery.faults import Failure, told
from delivery.guard import Guard
from delivery.lookup import Lookup
from delivery.pool import Pool
from delivery.reader import Reply
from delivery.target import Target, Unsupported, request_head, target_of

TIMEOUT_SECONDS: Final = 15


class Sender:
    """All of a process's sending, over connections that are kept for the next request."""

    def __init__(
        self,
        networks: Rules,
        clock: Callable[[], datetime],
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        user_agent: str = "Tollhouse",
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        assert user_agent.isascii(), "it is a header"
        assert user_agent.isprintable(), "it is a header"
        self._guard = Guard(networks)
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._user_agent = user_agent
        self._pool = Pool(self._guard, tls or ssl.create_default_context(), resolver or Lookup())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *reason: object) -> None:
        await self._pool.close()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent:
        """Post the body; whatever the other side does is told in the answer, not raised."""
        started_at, start = self._clock(), perf_counter()
        answer = await self._answer(url, headers, body)
        return Sent(started_at, round((perf_counter() - start) * 1000), *answer)

    async def _answer(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            target = target_of(url, self._user_agent)
        except Unsupported:
            return unanswered("its URL starts with neither https:// nor http://")
        except ValueError:
            return unanswered("its URL can't be read")
        try:
            reply = await self._post(target, headers, body)
        except TimedOut:
            return unanswered(f"timed out after {self._timeout_seconds:g} s")
        except (Failure, OSError) as error:
            return unanswered(told(error))
        wait = retry_after(reply.retry_after, self._clock()) if reply.retry_after else None
        return Answer(reply.status, kept_text(reply.body), None, wait)

    async def _post(self, target: Target, headers: Mapping[str, str], body: bytes) -> Reply:
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        kept = self._pool.take(target.origin)
        if kept is not None:
            try:
                return await self._exchange(kept, target, headers, body, deadline)
            except (Failure, OSError):
                if not kept.was_stale:
                    raise
        # A kept connection ended before any answer: most likely it was closed while it was idle.
        # Should the request have got through all the same, the same webhook-id comes twice, which
        # at-least-once delivery allows for. A new connection leaves no room for another such try.
        opened = await self._pool.open(target.origin, deadline)
        return await self._exchange(opened, target, headers, body, deadline)

    async def _exchange(
        self,
        connection: Connection,
        target: Target,
        headers: Mapping[str, str],
        body: bytes,
        deadline: float,
    ) -> Reply:
        try:
            head = request_head(target, headers, len(body), keep=connection.keep)
            return await connection.exchange(head, body, deadline)
        finally:
            self._pool.put(target.origin, connection)
