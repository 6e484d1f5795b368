"""What anybody may read besides the endpoint: where things are, and how the server does."""

from collections.abc import Awaitable, Callable

import orjson
from aiohttp import web

from execution import graphiql
from execution.whole import Answer

Ready = Callable[[], Awaitable[list[str]]]


def pages(ready: Ready) -> dict[str, Answer]:
    """By path; `ready` tells what keeps the server from being ready."""
    return {
        "/": signpost,
        "/healthz": alive,
        "/readyz": readiness(ready),
        **graphiql.pages(),
    }


async def signpost(_request: web.BaseRequest) -> web.Response:
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


async def alive(_request: web.BaseRequest) -> web.Response:
    return web.json_response({"status": "alive"})


def readiness(ready: Ready) -> Answer:
    async def answer(_request: web.BaseRequest) -> web.Response:
        lacking = await ready()
        body = {"status": "not ready", "lacking": lacking} if lacking else {"status": "ready"}
        return web.Response(
            status=503 if lacking else 200,
            body=orjson.dumps(body),
            content_type="application/json",
        )

    return answer
