"""Runs one operation: from a request and a caller to the parts of an answer."""

from collections.abc import AsyncGenerator, Awaitable, Mapping
from functools import partial
from inspect import isawaitable
from typing import Any, cast

import graphql
from graphql import ExecutionResult, GraphQLError, GraphQLSchema
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from access.caller import Caller
from db.errors import InvalidInput
from execution import gate
from execution.begun import Rest, begun
from execution.documents import Documents, NotValid, Ready
from execution.errors import HttpRefused
from execution.failures import refusal
from execution.library import Library, asked_of
from execution.lists import too_long
from execution.outcome import Outcome, not_begun, not_run, outcome_of, unfit
from execution.planned import Planned, must_fit
from execution.reading import read
from execution.repeated import attempt_of
from execution.request import Asked, Sent
from execution.toll import Toll
from execution.weight import FOUND
from schema.context import Context

# graphql-core leaves many of its types open.
GRAPHQL: Any = graphql
EXECUTOR: Any = StrawberryGraphQLCoreExecutionContext


class Runner:
    """Runs operations of one schema by their programs, and by graphql-core what those leave.

    Both call the same resolvers, guarded by Strawberry, and come to the same answer.
    """

    def __init__(
        self, schema: GraphQLSchema, documents: Documents, library: Library, toll: Toll
    ) -> None:
        self._schema, self._documents, self._library = schema, documents, library
        self.toll = toll

    async def planned(self, sent: Sent, caller: Caller) -> Planned:
        """Raises NotValid, or HttpRefused for a document that is too complex or isn't trusted.

        What is refused so has been paid for; OverBudget where the caller has nothing left for it.
        """
        text = self._library.text_sent(sent)
        asked = asked_of(text, sent) if text is not None else await self._asked(sent, caller)
        ready = self._known(asked.query, asked.operation_name)
        return Planned(asked, *(ready or await read(self._documents, self.toll, asked, caller)))

    def _known(self, text: str, name: str | None) -> Ready | None:
        """The operation where it has been made ready before."""
        document = self._documents.known(text)
        return document.ready.get(name) if document else None

    async def _asked(self, sent: Sent, caller: Caller) -> Asked:
        try:
            return await self._library.asked(sent, caller)
        except (NotValid, HttpRefused):
            # Asked here and not before, so that a known id costs nothing; nobody owes without end.
            await self.toll.must_have_some(caller)
            self.toll.owe(caller, FOUND)
            raise

    async def admit(self, planned: Planned, caller: Caller) -> None:
        """Take what the operation costs; a Refused where the caller may not run it now."""
        planned.must_be_allowed(caller)
        await self.toll.pay(caller, planned.cost, planned.asked.variables)

    def _is_admitted(
        self, ready: Ready | Planned, variables: Mapping[str, Any], caller: Caller
    ) -> bool:
        """The same as `admit` where nobody has to wait; False where it has to be asked."""
        gate.must_hold_scopes(ready.plan, caller, variables)
        return not self.toll.take(caller, ready.cost, variables)

    def run(
        self, sent: Sent, context: Context, *, may_change: bool, costs: list[int] | None = None
    ) -> Outcome | Awaitable[Outcome]:
        """Run what came by HTTP; `costs` is given what it costs, once that is known.

        Raises Refused for what is refused as a whole. What it comes to is there at once where
        nothing has to be waited for.
        """
        text = self._library.text_sent(sent)
        ready = None if text is None else self._known(text, sent.operation_name)
        if text is None or ready is None:
            return self._read_and_run(sent, context, may_change=may_change, costs=costs)
        if not ready.plan.is_query:
            planned = Planned(asked_of(text, sent), *ready)
            return self._fit_and_run(planned, context, may_change=may_change, costs=costs)
        if costs is not None:
            costs.append(ready.cost.of(sent.variables))
        if self._is_admitted(ready, sent.variables, context.caller):
            return self._begun(ready, sent, context)
        return self._run_later(Planned(asked_of(text, sent), *ready), context)

    def _begun(self, ready: Ready, sent: Sent, context: Context) -> Outcome | Awaitable[Outcome]:
        """What a query comes to that may run now, as far as it is known without waiting."""
        variables, program = sent.variables, ready.program
        is_long = program and variables and too_long(variables)
        run = program.start(variables, context) if program and not is_long else None
        if run is None:
            return self._shown(ready, sent, context)
        done = begun(run.execute())
        if isinstance(done, Rest):
            return done.then(partial(outcome_of, context.request_id))
        return outcome_of(context.request_id, done)

    def _fit_and_run(
        self, planned: Planned, context: Context, *, may_change: bool, costs: list[int] | None
    ) -> Awaitable[Outcome]:
        must_fit(planned, may_change=may_change, costs=costs)
        attempt = attempt_of(planned.asked) if planned.plan.is_mutation else None
        if attempt:
            context = context.trying(attempt)
        if self._is_admitted(planned, planned.asked.variables, context.caller):
            return self._shown(planned, planned.asked, context)
        return self._run_later(planned, context)

    async def _read_and_run(
        self, sent: Sent, context: Context, *, may_change: bool, costs: list[int] | None
    ) -> Outcome:
        try:
            planned = await self.planned(sent, context.caller)
        except NotValid as fault:
            return not_run(unfit(fault, context.request_id))
        return await self._fit_and_run(planned, context, may_change=may_change, costs=costs)

    async def _run_later(self, planned: Planned, context: Context) -> Outcome:
        """Run it once it is paid for, which has to be waited for."""
        await self.admit(planned, context.caller)
        return await self._shown(planned, planned.asked, context)

    async def execute(self, planned: Planned, context: Context, event: object = None) -> Outcome:
        """Run a query or a mutation, or show one event of a subscription. Raises MissingScope."""
        planned.must_be_allowed(context.caller)
        if planned.plan.is_subscription:
            self._documents.touch(planned.asked.query)
        return await self._shown(planned, planned.asked, context, event)

    async def _shown(
        self, ready: Ready | Planned, asked: Asked | Sent, context: Context, event: object = None
    ) -> Outcome:
        variables, program, is_mutation = asked.variables, ready.program, ready.plan.is_mutation
        if variables and (faults := too_long(variables)):
            return not_run([refusal(InvalidInput(faults))])
        run = program.start(variables, context, event) if program else None
        done = await (run.execute() if run else self._by_library(ready, asked, context, event))
        return outcome_of(context.request_id, done, is_mutation=is_mutation)

    async def _by_library(
        self, ready: Ready | Planned, asked: Asked | Sent, context: Context, event: object
    ) -> ExecutionResult:
        """What graphql-core makes of it."""
        result = GRAPHQL.execute(
            self._schema,
            ready.root,
            root_value=event,
            context_value=context,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            executor_class=EXECUTOR,
        )
        return result if isinstance(result, ExecutionResult) else await result

    async def subscribe(
        self, planned: Planned, context: Context
    ) -> AsyncGenerator[Any, None] | Outcome:
        """The source of a subscription's events, or what keeps it from beginning.

        Raises MissingScope. Each event is shown by `execute`, for the caller as it is then.
        """
        planned.must_be_allowed(context.caller)
        if faults := too_long(planned.asked.variables):
            return not_run([refusal(InvalidInput(faults))])
        executor = EXECUTOR.build(
            self._schema,
            planned.root,
            context_value=context,
            raw_variable_values=planned.asked.variables,
            operation_name=planned.asked.operation_name,
        )
        if isinstance(executor, list):
            return not_begun(cast("list[GraphQLError]", executor), context.request_id)
        found = GRAPHQL.create_source_event_stream(executor)
        source = await found if isawaitable(found) else found
        if isinstance(source, ExecutionResult):
            return not_begun(source.errors or (), context.request_id)
        return source
