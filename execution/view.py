"""The GraphQL endpoint: who calls, what they ask, and what comes of it."""

import re
import time
from datetime import datetime
from http import HTTPStatus
from random import getrandbits
from typing import Final

import structlog
from aiohttp import web

from access.caller import Caller
from access.client import client_address
from access.networks import Rules
from db.errors import Refused
from execution.answer import answered, failed, refused
from execution.errors import NotAcceptable
from execution.events import as_events
from execution.negotiate import EVENTS, GRAPHQL, JSON, negotiated, takes_events
from execution.planned import NeedsStream
from execution.request import bearer, method_must_fit, sent
from execution.serving import Serving
from execution.streams import Streams
from execution.toll import asks_for_cost
from execution.whole import Whole
from schema.context import Context

log = structlog.get_logger()
SLOW_SECONDS: Final = 0.2
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class View:
    """Answers requests; a refusal of the whole request comes before the database is touched."""

    def __init__(self, serving: Serving, streams: Streams, trusted: Rules) -> None:
        self._runner, self._check, self._house = serving.runner, serving.check, serving.house
        self._usage, self._clock = serving.usage, serving.clock
        self._streams, self._trusted = streams, trusted

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        request_id = request_id_of(request)
        media = negotiated(request.headers.get("Accept"))
        # To be an event, what an operation came to must have status 200, as in application/json.
        plain = JSON if media == EVENTS else media
        visit = Visit(request, request_id)
        response = await self._response(visit, plain)
        if not isinstance(response, Whole):
            return response
        if media == EVENTS:
            as_events(response)
        if visit.caller is not None:
            is_over = response.status == HTTPStatus.TOO_MANY_REQUESTS
            response.headers.update(self._runner.toll.fields(visit.caller.key, is_over=is_over))
        return response

    async def _response(self, visit: "Visit", media: str | None) -> web.StreamResponse:
        request_id = visit.request_id
        try:
            return await self._answer(visit, media)
        except Refused as error:
            self._usage.refusals.note(error, self._clock())
            return refused(error, media or JSON, request_id)
        except Exception:
            log.exception("unexpected failure", request_id=request_id)
            return failed(media or JSON, request_id)

    async def _answer(self, visit: "Visit", media: str | None) -> web.StreamResponse:
        request, request_id = visit.request, visit.request_id
        method_must_fit(request)
        if media is None:
            raise NotAcceptable(f"Accept {GRAPHQL}, {JSON} or {EVENTS}.")
        began = time.monotonic()
        # Before a stranger's body is read, and again where it came slowly: much may have changed.
        now, caller = await self._known(visit)
        operation = await sent(request)
        if time.monotonic() - began > SLOW_SECONDS:
            visit.caller = None
            now, caller = await self._known(visit)
        self._usage.note(caller, now)
        context = Context(caller, now, request_id, self._house)
        may_change = request.method == "POST"
        costs: list[int] | None = [] if asks_for_cost(request.headers) else None
        try:
            outcome = await self._runner.run(operation, context, may_change=may_change, costs=costs)
        except NeedsStream as needs:
            if takes_events(request.headers.get("Accept")):
                return await self._streams.answer(request, needs.planned, context)
            raise
        if outcome.errors:
            outcome = outcome._replace(errors=self._runner.toll.shown(outcome.errors, caller))
        extensions = self._runner.toll.told(caller.key, costs[0]) if costs else None
        return answered(outcome, media, request_id, extensions)

    async def _known(self, visit: "Visit") -> tuple[datetime, Caller]:
        """The moment, and who is calling at it; for a known key that is a look-up."""
        now, request = self._clock(), visit.request
        forwarded = request.headers.getall("X-Forwarded-For", [])
        address = client_address(request.remote, forwarded, self._trusted)
        caller = visit.caller = await self._check.caller(bearer(request), address, now)
        return now, caller


class Visit:
    """A request, and who is found to be calling: told of their budget whatever the answer is."""

    __slots__ = ("caller", "request", "request_id")

    def __init__(self, request: web.BaseRequest, request_id: str) -> None:
        self.request, self.request_id = request, request_id
        self.caller: Caller | None = None


def request_id_of(request: web.BaseRequest) -> str:
    """The client's own id of the request, where it gave a plain one, else a new one."""
    given = request.headers.get("X-Request-Id")
    if given is not None and REQUEST_ID.fullmatch(given):
        return given
    # It names a request and guards nothing, so no call of the system is needed for it.
    return f"{getrandbits(64):016x}"
