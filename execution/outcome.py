"""What an operation came to."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from graphql import ExecutionResult, GraphQLError

from execution.documents import NotValid
from execution.failures import presented


class Outcome(NamedTuple):
    """The parts of an answer; `ran` tells whether execution began, so that there may be data."""

    ran: bool
    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
    is_mutation: bool = False

    @property
    def holds_something(self) -> bool:
        return any(value is not None for value in (self.data or {}).values())


def not_run(errors: list[dict[str, Any]]) -> Outcome:
    return Outcome(ran=False, data=None, errors=errors)


def not_begun(errors: Sequence[GraphQLError], request_id: str) -> Outcome:
    """What keeps a subscription from beginning."""
    return not_run([presented(error, request_id) for error in errors])


def unfit(fault: NotValid, request_id: str) -> list[dict[str, Any]]:
    """The errors of a document that doesn't fit the schema."""
    return [presented(error, request_id, fault.code) for error in fault.errors]


def outcome_of(
    request_id: str, done: ExecutionResult | Exception, *, is_mutation: bool = False
) -> Outcome:
    """What execution came to; an Exception that kept it from coming to anything is raised."""
    if isinstance(done, Exception):
        raise done
    data = done.data
    if not done.errors:
        return Outcome(data is not None, data, [], is_mutation)
    errors = [presented(error, request_id) for error in done.errors]
    # Variables that don't fit are found before anything runs, and have no place in the answer.
    ran = data is not None or any(error.path for error in done.errors)
    return Outcome(ran, data, errors, is_mutation)
