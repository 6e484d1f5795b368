"""aiohttp's server without its applications, and what lives and ends with it."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from aiohttp import hdrs, web

from execution.connections import Connections
from execution.front import Front
from execution.request import MOST_BYTES
from execution.sockets import Sockets
from execution.streams import Streams
from execution.watching import watched


class HttpServer:
    def __init__(self, front: Front, sockets: Sockets, streams: Streams) -> None:
        self.sockets, self.streams = sockets, streams
        self._front = front

    @asynccontextmanager
    async def serving(
        self, drain_seconds: float, linger_seconds: float
    ) -> AsyncGenerator[web.BaseRunner]:
        """A runner for sites, which answer inside the block.

        Leaving it ends sockets and streams and waits for all requests under way, but no longer
        than to drain; the rest of a body that nobody wants is taken in no longer than to linger.
        """
        server = self._server(linger_seconds)
        runner = Runner(server, self.close, shutdown_timeout=drain_seconds)
        async with self.sockets.watching(), self.streams.watching(), watched(server.watch()):
            await runner.setup()
            try:
                yield runner
            finally:
                await runner.cleanup()

    def close(self) -> None:
        """End all that goes on and on, and let no more of it in."""
        self.sockets.close()
        self.streams.close()

    def _server(self, linger_seconds: float) -> Connections:
        loop = asyncio.get_running_loop()
        return Connections(
            self._front.answer,
            request_factory=partial(Request, loop=loop, client_max_size=MOST_BYTES),
            access_log=None,
            # Otherwise what a stranger sends is unpacked before it is known who they are.
            auto_decompress=False,
            lingering_time=linger_seconds,
        )


class Request(web.BaseRequest):
    """One whose answer doesn't tell strangers which Python and which aiohttp made it."""

    async def _prepare_hook(self, response: web.StreamResponse) -> None:
        # Pages, streams, sockets and aiohttp's own refusals, of what is no HTTP too, pass here.
        response.headers.popall(hdrs.SERVER, None)


class Runner(web.ServerRunner):
    """Once no connection is let in any more, and before it waits for those there are, it closes."""

    def __init__(self, server: web.Server, close: Callable[[], None], **options: Any) -> None:
        super().__init__(server, **options)
        self._close = close

    async def shutdown(self) -> None:
        self._close()
