"""The GraphQL endpoint: who calls, what they ask, and what comes of it."""

import time
from collections.abc import Awaitable
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import structlog
from aiohttp import web

from access.caller import Caller
from access.networks import Rules
from db.errors import Refused
from execution.again import Again, Seen
from execution.answer import answered, failed, refused
from execution.begun import Rest
from execution.errors import NotAcceptable
from execution.events import as_events
from execution.head import Said, head_of, said_by
from execution.negotiate import EVENTS, GRAPHQL, JSON, takes_events
from execution.outcome import Outcome
from execution.planned import NeedsStream
from execution.request import bearer, body, body_must_fit, body_there, method_must_fit, sent
from execution.request_id import new_request_id, request_id_of
from execution.serving import Serving
from execution.streams import Streams
from execution.whole import Answering, Response, Whole
from schema.context import Context

log = structlog.get_logger()
TOO_MANY: Final[int] = HTTPStatus.TOO_MANY_REQUESTS
SLOW_SECONDS: Final = 0.2
# What an operation comes to; a stream has answered by itself once it is there.
Found: TypeAlias = Outcome | Response


class View:
    """Answers requests; a refusal of the whole request comes before the database is touched."""

    def __init__(self, serving: Serving, streams: Streams, trusted: Rules) -> None:
        self._runner, self._check, self._house = serving.runner, serving.check, serving.house
        self._usage, self._clock = serving.usage, serving.clock
        self._streams, self._trusted = streams, trusted

    def answer(self, request: web.BaseRequest) -> Answering:
        """The answer itself where it is known without waiting for anything."""
        head = head_of(request)
        said = head.said
        if said is None:
            said = head.said = said_by(request, self._trusted)
        visit = Visit(request, said)
        try:
            found = self._begun(visit)
        except Exception as error:  # noqa: BLE001  # it is told to the client
            return self._ended(visit, error)
        if isinstance(found, Outcome):
            return self._ended(visit, found)
        if isinstance(found, Rest):
            rest: Rest[Any] = found
            return rest.then(partial(self._ended, visit))
        return self._later(visit, found)

    async def _later(self, visit: "Visit", coming: Awaitable[Found]) -> Response:
        try:
            try:
                found = await coming
            except NeedsStream as needs:
                found = await self._streamed(visit, needs)
        except Exception as error:  # noqa: BLE001  # it is told to the client
            return self._ended(visit, error)
        if isinstance(found, Outcome):
            return self._ended(visit, found)
        return self._told(visit, found) if isinstance(found, Whole) else found

    def _ended(self, visit: "Visit", found: Outcome | Exception) -> Whole:
        """The answer to a request, whatever it has come to."""
        if isinstance(found, Exception):
            return self._told(visit, self._failed(visit, found))
        try:
            response = self._answered(visit, found)
        except Exception as error:  # noqa: BLE001  # it is told to the client
            response = self._failed(visit, error)
        return self._told(visit, response)

    def _failed(self, visit: "Visit", error: Exception) -> Whole:
        media = visit.said.plain or JSON
        if isinstance(error, Refused):
            self._usage.refusals.note(error, self._clock())
            return refused(error, media, visit.request_id)
        log.error("unexpected failure", request_id=visit.request_id, exc_info=error)
        return failed(media, visit.request_id)

    def _told(self, visit: "Visit", response: Whole) -> Whole:
        """The response in the form that was asked for, and with what tells of the budget."""
        if visit.said.media == EVENTS:
            as_events(response)
        if visit.caller is not None:
            toll = self._runner.toll
            toll.owe_for_length(visit.caller, len(response.body))
            response.lines += toll.lines(visit.caller.key, is_over=response.status == TOO_MANY)
        return response

    def _begun(self, visit: "Visit") -> Outcome | Awaitable[Found]:
        request, said = visit.request, visit.said
        if not said.is_plain:
            method_must_fit(request)
        if said.media is None:
            raise NotAcceptable(f"Accept {GRAPHQL}, {JSON} or {EVENTS}.")
        now = self._clock()
        caller = visit.caller = self._check.known(self._mark(visit, now), said.address, now)
        # A stranger's body is not read.
        there = self._body_there(visit) if caller else None
        if caller is None or there is None:
            if isinstance(request, Again):
                # Who may be a stranger by now is parsed by the connection, until they are known.
                request.seen.mark = None
            return self._waited(visit, now)
        try:
            return self._run(visit, caller, now, there)
        except NeedsStream as needs:
            return self._streamed(visit, needs)

    def _run(
        self, visit: "Visit", caller: Caller, now: datetime, there: bytes
    ) -> Outcome | Awaitable[Outcome]:
        request = visit.request
        operation = sent(request, there, names_attempt=visit.said.names_attempt)
        self._usage.note(caller, now)
        visit.context = context = Context(caller, now, visit.request_id, self._house)
        if visit.said.asks_for_cost:
            visit.costs = []
        may_change = request.method == "POST"
        return self._runner.run(operation, context, may_change=may_change, costs=visit.costs)

    async def _waited(self, visit: "Visit", now: datetime) -> Outcome:
        """What comes of it where the caller or the body is still to come."""
        began, token, address = time.monotonic(), bearer(visit.request), visit.said.address
        caller = visit.caller or await self._check.caller(token, address, now)
        visit.caller = caller
        there = self._body_there(visit)
        if there is None:
            there = await body(visit.request)
        if time.monotonic() - began > SLOW_SECONDS:
            # Much may have changed meanwhile.
            visit.caller, now = None, self._clock()
            caller = visit.caller = await self._check.caller(token, address, now)
        outcome = self._run(visit, caller, now, there)
        return outcome if isinstance(outcome, Outcome) else await outcome

    def _streamed(self, visit: "Visit", needs: NeedsStream) -> Awaitable[Response]:
        if visit.context is None or not takes_events(visit.request.headers.get("Accept")):
            raise needs
        return self._streams.answer(visit.request, needs.planned, visit.context)

    def _answered(self, visit: "Visit", outcome: Outcome) -> Whole:
        extensions = None
        if visit.caller and (outcome.errors or visit.costs):
            toll = self._runner.toll
            outcome = outcome._replace(errors=toll.shown(outcome.errors, visit.caller))
            extensions = toll.told(visit.caller.key, visit.costs[0]) if visit.costs else None
        return answered(outcome, visit.said.plain or JSON, visit.request_id, extensions)

    def _mark(self, visit: "Visit", now: datetime) -> bytes | None:
        """What the token is known by; with the head of one that is known it is remembered."""
        seen: Seen | None = getattr(visit.request, "seen", None)
        if seen is not None and seen.mark is not None:
            return seen.mark
        mark = self._check.mark(bearer(visit.request))
        # Where more of the head is asked for each time, it is parsed for less by its connection.
        said = visit.said
        is_plain = said.is_plain and not said.names_request and not said.names_attempt
        if seen is not None and is_plain and self._check.is_known(mark, now):
            seen.mark = mark
        return mark

    @staticmethod
    def _body_there(visit: "Visit") -> bytes | None:
        request = visit.request
        if not visit.said.is_plain:
            body_must_fit(request)
        return request.body if isinstance(request, Again) else body_there(request)


class Visit:
    """A request, and who is found to be calling: told of their budget whatever the answer is."""

    __slots__ = ("caller", "context", "costs", "request", "request_id", "said")

    def __init__(self, request: web.BaseRequest, said: Said) -> None:
        self.request, self.said = request, said
        self.request_id = request_id_of(request) if said.names_request else new_request_id()
        self.caller: Caller | None = None
        self.context: Context | None = None
        # What it costs, where that is asked for.
        self.costs: list[int] | None = None
