"""Runs one operation: from a request and a caller to the parts of an answer."""

from typing import Any, NamedTuple, cast

import graphql
from graphql import ExecutionResult, GraphQLSchema
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from db.errors import InvalidInput
from execution.documents import Document, Documents, NotValid
from execution.errors import MethodNotAllowed
from execution.failures import presented, refusal
from execution.gate import must_hold_scopes
from execution.lists import too_long
from execution.request import Asked
from schema.context import Context


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
        self, schema: GraphQLSchema, documents: Documents, *, compiled: bool = True
    ) -> None:
        self._schema, self._documents, self._compiled = schema, documents, compiled

    async def run(self, asked: Asked, context: Context, *, may_change: bool) -> Outcome:
        """Raises Refused for what is refused as a whole."""
        try:
            document = self._documents.get(asked.query)
            plan = self._documents.plan(document, asked.operation_name)
        except NotValid as fault:
            id = context.request_id
            errors = [presented(error, id, fault.code) for error in fault.errors]
            return Outcome(ran=False, data=None, errors=errors)
        if plan.is_mutation and not may_change:
            raise MethodNotAllowed("A mutation is sent by POST.", "POST")
        must_hold_scopes(plan, context.caller, asked.variables)
        if faults := too_long(asked.variables):
            return Outcome(ran=False, data=None, errors=[refusal(InvalidInput(faults))])
        done = await self._executed(document, asked, context)
        errors = [presented(error, context.request_id) for error in done.errors or ()]
        # Variables that don't fit are found before anything runs, and have no place in the answer.
        ran = done.data is not None or any(error.path for error in done.errors or ())
        return Outcome(ran, done.data, errors, plan.is_mutation)

    async def _executed(
        self, document: Document, asked: Asked, context: Context
    ) -> ExecutionResult:
        if self._compiled:
            program = self._documents.program(document, asked.operation_name)
            run = program.start(asked.variables, context)
            if run:
                return await run.execute()
        result: Any = cast("Any", graphql).execute(
            self._schema,
            document.root,
            context_value=context,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            executor_class=StrawberryGraphQLCoreExecutionContext,
        )
        return result if isinstance(result, ExecutionResult) else await result
