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
from access.networks import Address, Rules
from db.errors import Refused
from execution.answer import answered, failed, refused
from execution.errors import NotAcceptable
from execution.events import as_events
from execution.negotiate import EVENTS, GRAPHQL, JSON, negotiated, takes_events
from execution.planned import NeedsStream
from execution.request import bearer, body, body_there, method_must_fit, sent
from execution.serving import Serving
from execution.streams import Streams
from execution.toll import asks_for_cost
from execution.whole import Response, Whole
from schema.context import Context

log = structlog.get_logger()
TOO_MANY: Final[int] = HTTPStatus.TOO_MANY_REQUESTS
SLOW_SECONDS: Final = 0.2
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class View:
    """Answers requests; a refusal of the whole request comes before the database is touched."""

    def __init__(self, serving: Serving, streams: Streams, trusted: Rules) -> None:
        self._runner, self._check, self._house = serving.runner, serving.check, serving.house
        self._usage, self._clock = serving.usage, serving.clock
        self._streams, self._trusted = streams, trusted

    async def answer(self, request: web.BaseRequest) -> Response:
        visit = Visit(request, request_id_of(request))
        media = negotiated(request.headers.get("Accept"))
        # To be an event, what an operation came to must have status 200, as in application/json.
        plain = JSON if media == EVENTS else media
        try:
            response = await self._answer(visit, plain)
        except Refused as error:
            self._usage.refusals.note(error, self._clock())
            response = refused(error, plain or JSON, visit.request_id)
        except Exception:
            log.exception("unexpected failure", request_id=visit.request_id)
            response = failed(plain or JSON, visit.request_id)
        if isinstance(response, Whole):
            if media == EVENTS:
                as_events(response)
            if visit.caller is not None:
                self._runner.toll.owe_for_length(visit.caller, len(response.body))
                is_over = response.status == TOO_MANY
                response.headers |= self._runner.toll.fields(visit.caller.key, is_over=is_over)
        return response

    async def _answer(self, visit: "Visit", media: str | None) -> Response:
        request, request_id, headers = visit.request, visit.request_id, visit.request.headers
        method_must_fit(request)
        if media is None:
            raise NotAcceptable(f"Accept {GRAPHQL}, {JSON} or {EVENTS}.")
        now, token, address = self._clock(), bearer(request), self._address(request)
        caller = visit.caller = self._check.known(token, address, now)
        # A stranger's body is not read.
        there = body_there(request) if caller else None
        if caller is None or there is None:
            now, caller, there = await self._waited(visit, token, address, now)
        operation = sent(request, there)
        self._usage.note(caller, now)
        context = Context(caller, now, request_id, self._house)
        costs: list[int] | None = [] if asks_for_cost(headers) else None
        may_change = request.method == "POST"
        try:
            outcome = await self._runner.run(operation, context, may_change=may_change, costs=costs)
        except NeedsStream as needs:
            if takes_events(headers.get("Accept")):
                return await self._streams.answer(request, needs.planned, context)
            raise
        if outcome.errors:
            outcome = outcome._replace(errors=self._runner.toll.shown(outcome.errors, caller))
        extensions = self._runner.toll.told(caller.key, costs[0]) if costs else None
        return answered(outcome, media, request_id, extensions)

    async def _waited(
        self, visit: "Visit", token: str, address: Address | None, now: datetime
    ) -> tuple[datetime, Caller, bytes]:
        """The moment, who is calling at it, and the body, where there is something to wait for."""
        began = time.monotonic()
        if visit.caller is None:
            visit.caller = await self._check.caller(token, address, now)
        there = body_there(visit.request)
        if there is None:
            there = await body(visit.request)
        if time.monotonic() - began <= SLOW_SECONDS:
            return now, visit.caller, there
        # Much may have changed meanwhile.
        visit.caller, now = None, self._clock()
        visit.caller = await self._check.caller(token, address, now)
        return now, visit.caller, there

    def _address(self, request: web.BaseRequest) -> Address | None:
        forwarded = request.headers.getall("X-Forwarded-For", ())
        return client_address(request.remote, forwarded, self._trusted)


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
