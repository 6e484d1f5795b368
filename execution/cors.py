"""Pages of other origins: which may call, what they may send, and what they may read."""

from collections.abc import Awaitable
from typing import Final, TypeVar

from aiohttp import web

from execution.answer import refused
from execution.errors import ForeignOrigin
from execution.negotiate import JSON
from execution.request_id import request_id_of
from execution.whole import Answer, Answering, Response, Whole

METHODS: Final = "GET, POST"
ALLOWED: Final = (
    "Accept, Authorization, Content-Type, Idempotency-Key, Tollhouse-Cost, Tollhouse-Organization,"
    " X-Request-Id"
)
EXPOSED: Final = "RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id"
# As long as Chromium keeps what a preflight said; Firefox would keep it for a day.
KEPT_SECONDS: Final = 7_200
R = TypeVar("R", bound=Response)
VARY: Final = "Accept, Origin"
UNKNOWN: Final = "TOLLHOUSE_CORS_ORIGINS doesn't name the origin of this page."


class Cors:
    """Nobody's cookies are asked for or taken, so no answer allows credentials."""

    def __init__(self, origins: frozenset[str]) -> None:
        self._origins = origins

    @property
    def is_on(self) -> bool:
        return bool(self._origins)

    async def preflight(self, request: web.BaseRequest) -> Response:
        """What a page's browser may send, if anything."""
        request_id = request_id_of(request)
        if request.headers["Origin"] not in self._origins:
            return refused(ForeignOrigin(UNKNOWN), JSON, request_id)
        return web.Response(
            status=204,
            headers={
                "X-Request-Id": request_id,
                "Access-Control-Allow-Methods": METHODS,
                "Access-Control-Allow-Headers": ALLOWED,
                "Access-Control-Max-Age": str(KEPT_SECONDS),
            },
        )

    def shown(self, answer: Answer, request: web.BaseRequest) -> Answer:
        """The same for requests with this one's head: pages of these origins may read it."""
        fields = self.fields(request)

        def told(request: web.BaseRequest) -> Answering:
            response = answer(request)
            return show(response) if isinstance(response, Whole) else later(response)

        async def later(coming: Awaitable[Response]) -> Response:
            return show(await coming)

        def show(response: R) -> R:
            # What has gone out already, a stream, has told it itself.
            if not response.prepared:
                response.headers.update(fields)
            return response

        return told

    def fields(self, request: web.BaseRequest) -> dict[str, str]:
        """The headers of an answer that let a page read it, refusals included."""
        if not self.is_on:
            return {}
        origin = request.headers.get("Origin")
        if origin not in self._origins:
            return {"Vary": VARY}
        return {
            "Vary": VARY,
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Expose-Headers": EXPOSED,
        }


def is_preflight(request: web.BaseRequest) -> bool:
    return (
        request.method == "OPTIONS"
        and "Origin" in request.headers
        and "Access-Control-Request-Method" in request.headers
    )
