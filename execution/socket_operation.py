"""One operation of a socket: sends what it comes to, then that it is complete."""

import asyncio
import secrets
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, Protocol

import structlog

from access.caller import Caller
from access.errors import MissingScope
from db.errors import Refused
from execution.documents import NotValid
from execution.failures import internal, refusal
from execution.outcome import Outcome, unfit
from execution.planned import Planned
from execution.request import Sent
from execution.run import Runner
from execution.socket_close import Ending, ending_by
from execution.socket_message import NO_PAYLOAD, written
from schema.context import Context

log = structlog.get_logger()


class Peer(Protocol):
    """What an operation needs of its socket; `shows_cost` where its client asks for that."""

    shows_cost: bool

    async def context(self, request_id: str) -> Context:
        """Give the caller as it is now; Ending where it isn't let in any more."""
        ...

    async def send(self, text: str) -> None: ...

    def forget(self, operation: "Operation") -> None:
        """Make the operation's id free again."""
        ...


class Operation:
    """What is stopped sends nothing more, but a mutation that has begun is finished."""

    def __init__(self, id: str, sent: Sent, runner: Runner, peer: Peer) -> None:
        self.id = id
        self._sent, self._runner, self._peer = sent, runner, peer
        self._request_id = secrets.token_hex(8)
        self._planned: Planned | None = None
        self._caller: Caller | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopped = self._changes = False

    def start(self) -> asyncio.Task[None]:
        self._task = asyncio.create_task(self._run())
        return self._task

    def stop(self) -> None:
        self._stopped = True
        if self._task and not self._changes:
            self._task.cancel()

    def must_be_allowed(self, caller: Caller) -> None:
        """Ending where the caller has lost what the operation needs."""
        try:
            if self._planned:
                self._planned.must_be_allowed(caller)
        except MissingScope as error:
            raise ending_by(error) from None

    async def fail(self, errors: list[dict[str, Any]]) -> None:
        shown = self._runner.toll.shown(errors, self._caller) if self._caller else errors
        await self._finish("error", shown)

    async def _run(self) -> None:
        try:
            await self._planned_run(await self._peer.context(self._request_id))
        except Refused as error:
            await self.fail([refusal(error)])
        except Ending:
            raise
        except Exception:
            log.exception("unexpected failure", request_id=self._request_id)
            await self.fail([internal(self._request_id)])

    async def _planned_run(self, context: Context) -> None:
        self._caller = context.caller
        try:
            planned = await self._runner.planned(self._sent, context.caller)
        except NotValid as fault:
            await self.fail(unfit(fault, self._request_id))
            return
        await self._runner.admit(planned, context.caller)
        self._planned = planned
        if planned.plan.is_subscription:
            await self._follow(planned, context)
        else:
            self._changes = planned.plan.is_mutation
            outcome = await self._runner.execute(planned, context)
            if outcome.ran:
                await self._next(outcome, context, planned.cost.of(planned.asked.variables))
                await self._finish("complete")
            else:
                await self.fail(outcome.errors)

    async def _follow(self, planned: Planned, context: Context) -> None:
        begun = await self._runner.subscribe(planned, context)
        if isinstance(begun, Outcome):
            await self.fail(begun.errors)
            return
        await self._tell(planned, begun)
        await self._finish("complete")

    async def _tell(self, planned: Planned, source: AsyncGenerator[Any, None]) -> None:
        price = planned.cost.of_event(planned.asked.variables)
        async with aclosing(source):
            async for event in source:
                context = await self._context(price)
                outcome = await self._runner.execute(planned, context, event)
                await self._next(outcome, context, price)

    async def _context(self, price: int) -> Context:
        """One for an event that is paid for: what was loaded for the last may have changed."""
        while True:
            context = await self._peer.context(self._request_id)
            self.must_be_allowed(context.caller)
            if await self._runner.toll.lets_in_event(context.caller, price):
                return context

    async def _next(self, outcome: Outcome, context: Context, price: int) -> None:
        payload: dict[str, Any] = {"data": outcome.data}
        if outcome.errors:
            payload["errors"] = outcome.errors
        if self._peer.shows_cost:
            payload["extensions"] = self._runner.toll.told(context.caller.key, price)
        text = written("next", id=self.id, payload=payload)
        self._runner.toll.owe_for_length(context.caller, len(text))
        await self._send(text)

    async def _finish(self, type: str, payload: Any = NO_PAYLOAD) -> None:
        # Its id is free once a client knows that it is over, and no later.
        if not self._stopped:
            self._peer.forget(self)
        await self._send(written(type, id=self.id, payload=payload))

    async def _send(self, text: str) -> None:
        if not self._stopped:
            await self._peer.send(text)
