"""Runs one operation: from a request and a caller to the parts of an answer."""

from collections.abc import AsyncGenerator, Awaitable, Sequence
from inspect import isawaitable
from typing import Any, NamedTuple, cast

import graphql
from graphql import ExecutionResult, GraphQLError, GraphQLSchema
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from access.caller import Caller
from db.errors import InvalidInput
from execution.begun import begun
from execution.documents import Documents, NotValid
from execution.errors import HttpRefused
from execution.failures import presented, refusal
from execution.library import Library
from execution.lists import too_long
from execution.planned import Planned, must_fit
from execution.reading import read
from execution.repeated import attempt_of
from execution.request import Asked, Sent
from execution.toll import Toll
from execution.weight import FOUND
from schema.attempt import Attempt
from schema.context import Context

# graphql-core leaves many of its types open.
GRAPHQL: Any = graphql
EXECUTOR: Any = StrawberryGraphQLCoreExecutionContext


class Outcome(NamedTuple):
    """The parts of an answer; `ran` tells whether execution began, so that there may be data."""

    ran: bool
    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    is_mutation: bool = False

    @property
    def holds_something(self) -> bool:
        return any(value is not None for value in (self.data or {}).values())


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
        asked = self._library.as_sent(sent) or await self._asked(sent, caller)
        return self._known(asked) or Planned(
            asked, *await read(self._documents, self.toll, asked, caller)
        )

    def _known(self, asked: Asked) -> Planned | None:
        """The operation where it has been made ready before."""
        document = self._documents.known(asked.query)
        ready = document.ready.get(asked.operation_name) if document else None
        return Planned(asked, *ready) if ready else None

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

    def _admitted(self, planned: Planned, caller: Caller) -> bool:
        """The same as `admit` where nobody has to wait; False where it has to be asked."""
        planned.must_be_allowed(caller)
        return not self.toll.take(caller, planned.cost, planned.asked.variables)

    def run(
        self, sent: Sent, context: Context, *, may_change: bool, costs: list[int] | None = None
    ) -> Outcome | Awaitable[Outcome]:
        """Run what came by HTTP; `costs` is given what it costs, once that is known.

        Raises Refused for what is refused as a whole. What it comes to is there at once where
        nothing has to be waited for.
        """
        asked = self._library.as_sent(sent)
        planned = self._known(asked) if asked else None
        if planned is None:
            return self._read_and_run(sent, context, may_change=may_change, costs=costs)
        must_fit(planned, may_change=may_change, costs=costs)
        attempt = attempt_of(planned.asked) if planned.plan.is_mutation else None
        is_paid = self._admitted(planned, context.caller)
        if is_paid and not planned.plan.is_mutation:
            return begun(self._shown(planned, context))
        return self._run_later(planned, context, attempt, is_paid=is_paid)

    async def _read_and_run(
        self, sent: Sent, context: Context, *, may_change: bool, costs: list[int] | None
    ) -> Outcome:
        try:
            planned = await self.planned(sent, context.caller)
        except NotValid as fault:
            return _not_run(unfit(fault, context.request_id))
        must_fit(planned, may_change=may_change, costs=costs)
        attempt = attempt_of(planned.asked) if planned.plan.is_mutation else None
        is_paid = self._admitted(planned, context.caller)
        return await self._run_later(planned, context, attempt, is_paid=is_paid)

    async def _run_later(
        self, planned: Planned, context: Context, attempt: Attempt | None, *, is_paid: bool
    ) -> Outcome:
        if not is_paid:
            await self.admit(planned, context.caller)
        if attempt:
            context = context.trying(attempt)
        return await self._shown(planned, context)

    async def execute(self, planned: Planned, context: Context, event: object = None) -> Outcome:
        """Run a query or a mutation, or show one event of a subscription. Raises MissingScope."""
        planned.must_be_allowed(context.caller)
        return await self._shown(planned, context, event)

    async def _shown(self, planned: Planned, context: Context, event: object = None) -> Outcome:
        variables, program = planned.asked.variables, planned.program
        if variables and (faults := too_long(variables)):
            return _not_run([refusal(InvalidInput(faults))])
        if planned.plan.is_subscription:
            self._documents.touch(planned.asked.query)
        run = program.start(variables, context, event) if program else None
        done = await (run.execute() if run else self._by_library(planned, context, event))
        if not done.errors:
            return Outcome(done.data is not None, done.data, [], planned.plan.is_mutation)
        errors = [presented(error, context.request_id) for error in done.errors]
        # Variables that don't fit are found before anything runs, and have no place in the answer.
        ran = done.data is not None or any(error.path for error in done.errors)
        return Outcome(ran, done.data, errors, planned.plan.is_mutation)

    async def _by_library(
        self, planned: Planned, context: Context, event: object
    ) -> ExecutionResult:
        """What graphql-core makes of it."""
        result = GRAPHQL.execute(
            self._schema,
            planned.root,
            root_value=event,
            context_value=context,
            variable_values=planned.asked.variables,
            operation_name=planned.asked.operation_name,
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
            return _not_run([refusal(InvalidInput(faults))])
        executor = EXECUTOR.build(
            self._schema,
            planned.root,
            context_value=context,
            raw_variable_values=planned.asked.variables,
            operation_name=planned.asked.operation_name,
        )
        if isinstance(executor, list):
            return _not_begun(cast("list[GraphQLError]", executor), context)
        found = GRAPHQL.create_source_event_stream(executor)
        source = await found if isawaitable(found) else found
        if isinstance(source, ExecutionResult):
            return _not_begun(source.errors or (), context)
        return source


def unfit(fault: NotValid, request_id: str) -> list[dict[str, Any]]:
    """The errors of a document that doesn't fit the schema."""
    return [presented(error, request_id, fault.code) for error in fault.errors]


def _not_begun(errors: Sequence[GraphQLError], context: Context) -> Outcome:
    return _not_run([presented(error, context.request_id) for error in errors])


def _not_run(errors: list[dict[str, Any]]) -> Outcome:
    return Outcome(ran=False, data=None, errors=errors)
