"""One subscription over Server-Sent Events, from its first event to its last."""

import asyncio
import time
from collections.abc import AsyncGenerator, Coroutine, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any, Final

import structlog
from aiohttp import web

from access.caller import Caller
from access.errors import RateLimited
from db.errors import Refused, Unavailable
from execution.answer import COMMON, answered
from execution.event_wire import EventWire, Gone
from execution.events import COMPLETE, next_event
from execution.failures import internal, refusal
from execution.negotiate import JSON
from execution.outcome import Outcome
from execution.planned import Planned
from execution.request import bearer
from execution.serving import Serving
from execution.socket_caller import SocketCaller
from execution.toll import asks_for_cost
from execution.whole import Response
from schema.context import Context

log = structlog.get_logger()
# A caller that can't be looked up by then isn't told anything any more.
LOOK_SECONDS: Final = 0.6
# Else nginx would gather events before it passes them on.
UNBUFFERED: Final = {"X-Accel-Buffering": "no"}


class Cut(Exception):
    """Ends a stream that may go on elsewhere or later: without `complete`, clients try again."""


class Stream:
    """What keeps it from beginning is a plain answer; what ends it later is its last event."""

    def __init__(
        self,
        serving: Serving,
        planned: Planned,
        request: web.BaseRequest,
        context: Context,
        fields: Mapping[str, str],
    ) -> None:
        """`fields` are headers that it has besides its own."""
        self._serving, self._planned, self._fields = serving, planned, fields
        self._request_id = context.request_id
        self._caller = SocketCaller(serving, bearer(request), context.caller.address)
        self._wire = EventWire(request)
        self._shows_cost = asks_for_cost(request.headers)
        loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[BaseException | None] = loop.create_future()
        self._looking: asyncio.Task[None] | None = None
        self._looking_since = 0.0

    async def run(self) -> Response:
        """Tell events until either side ends it. Raises Refused before there is an answer."""
        runner, context = self._serving.runner, self._context(*await self._caller.known())
        await runner.admit(self._planned, context.caller)
        begun = await runner.subscribe(self._planned, context)
        if isinstance(begun, Outcome):
            errors = runner.toll.shown(begun.errors, context.caller)
            return answered(begun._replace(errors=errors), JSON, self._request_id)
        told = runner.toll.fields(context.caller.key)
        headers = {"X-Request-Id": self._request_id, **told, **self._fields}
        await self._serve(self._tell(begun, headers), self._wire.keep_alive())
        return self._wire.response

    def look(self, now: datetime) -> None:
        """Look whether anybody is there who may hear; to be called again and again."""
        if self._wire.is_gone:
            self.end(Gone())
        elif self._looking is None or self._looking.done():
            if self._caller.is_due(now):
                self._looking_since = time.monotonic()
                self._looking = self._heeded(self._look())
        elif time.monotonic() - self._looking_since > LOOK_SECONDS:
            self.end(Cut())

    def end(self, cause: BaseException | None) -> None:
        """End the stream soon, unless something else has ended it already."""
        if not self._ended.done():
            self._ended.set_result(cause)

    async def _serve(self, *parts: Coroutine[Any, Any, None]) -> None:
        running = [self._heeded(part) for part in parts]
        try:
            cause = await self._ended
        finally:
            for task in running:
                task.cancel()
            if self._looking:
                self._looking.cancel()
        await asyncio.wait(running)
        await self._wire.close(self._last(cause))

    async def _tell(self, source: AsyncGenerator[Any, None], headers: Mapping[str, str]) -> None:
        price = self._planned.cost.of_event(self._planned.asked.variables)
        async with aclosing(source):
            await self._wire.open({**COMMON, **UNBUFFERED, **headers})
            async for event in source:
                context = await self._paid(price)
                outcome = await self._serving.runner.execute(self._planned, context, event)
                told = next_event(self._shown(outcome, context.caller, price))
                self._serving.runner.toll.owe_for_length(context.caller, len(told))
                await self._wire.send(told)
        self.end(None)

    async def _paid(self, price: int) -> Context:
        """One for an event that is paid for: what was loaded for the last may have changed."""
        while True:
            context = self._context(*await self._known())
            if await self._serving.runner.toll.lets_in_event(context.caller, price):
                return context

    def _shown(self, outcome: Outcome, caller: Caller, price: int) -> dict[str, Any]:
        shown: dict[str, Any] = {"data": outcome.data}
        if outcome.errors:
            shown["errors"] = outcome.errors
        if self._shows_cost:
            shown["extensions"] = self._serving.runner.toll.told(caller.key, price)
        return shown

    async def _look(self) -> None:
        _, caller = await self._known()
        self._planned.must_be_allowed(caller)

    async def _known(self) -> tuple[datetime, Caller]:
        """The moment, and the caller at it, or a Refused; Cut where that can't be told."""
        try:
            return await self._caller.known()
        except (RateLimited, Unavailable):
            raise Cut from None

    def _context(self, now: datetime, caller: Caller) -> Context:
        self._serving.usage.note(caller, now)
        return Context(caller, now, self._request_id, self._serving.house)

    def _last(self, cause: BaseException | None) -> bytes | None:
        """The last that is told, None to a client that is gone."""
        match cause:
            case None:
                return COMPLETE
            case Gone():
                return None
            case Cut():
                return b""
            case Refused():
                error = refusal(cause)
            case _:
                log.error("unexpected failure", request_id=self._request_id, exc_info=cause)
                error = internal(self._request_id)
        return next_event({"errors": [error]}) + COMPLETE

    def _heeded(self, part: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task whose failure ends the stream."""
        task = asyncio.create_task(part)
        task.add_done_callback(self._heed)
        return task

    def _heed(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error:
            self.end(error)
