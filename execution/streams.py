"""All streams of events of this process: how many there may be, and their end with the server."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final
from uuid import UUID

from aiohttp import web

from access.errors import RateLimited
from db.errors import Unavailable
from execution.planned import Planned
from execution.serving import Serving
from execution.stream import Cut, Stream
from execution.watching import watched
from execution.whole import Response
from schema.context import Context

MOST: Final = 5_000
MOST_OF_A_KEY: Final = 100
WATCH_SECONDS: Final = 0.1

Fields = Callable[[web.BaseRequest], Mapping[str, str]]


class Streams:
    def __init__(self, serving: Serving, fields: Fields) -> None:
        """`fields` gives the headers that an answer to a request has besides."""
        self._serving, self._fields = serving, fields
        self._streams: set[Stream] = set()
        self._of_key: defaultdict[UUID, int] = defaultdict(int)
        self._ending = False

    async def answer(
        self, request: web.BaseRequest, planned: Planned, context: Context
    ) -> Response:
        """Serve a subscription until it ends. Raises Refused before there is an answer."""
        api_key_id = context.caller.key.id
        self._must_fit(api_key_id)
        stream = Stream(self._serving, planned, request, context, self._fields(request))
        self._streams.add(stream)
        self._of_key[api_key_id] += 1
        try:
            return await stream.run()
        finally:
            self._leave(stream, api_key_id)

    def watching(self) -> AbstractAsyncContextManager[None]:
        """Look after the streams inside the block."""
        return watched(self._watch())

    def close(self) -> None:
        """End all streams, and let none in any more; the server waits for them to be gone."""
        self._ending = True
        for stream in self._streams:
            stream.end(Cut())

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._streams:
                now = self._serving.clock()
                for stream in self._streams:
                    stream.look(now)

    def _must_fit(self, api_key_id: UUID) -> None:
        if self._ending:
            raise Unavailable("The server is ending.")
        if len(self._streams) >= MOST:
            raise Unavailable("The server has no room for more streams of events.")
        if self._of_key.get(api_key_id, 0) >= MOST_OF_A_KEY:
            message = f"This API key has {MOST_OF_A_KEY} streams open already: close one first."
            raise RateLimited(message, 1)

    def _leave(self, stream: Stream, api_key_id: UUID) -> None:
        self._streams.discard(stream)
        self._of_key[api_key_id] -= 1
        if not self._of_key[api_key_id]:
            del self._of_key[api_key_id]
