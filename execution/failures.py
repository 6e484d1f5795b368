"""How failures look to a client: expected ones keep their code, all others are masked."""

from collections.abc import Sequence
from typing import Any

import structlog
from graphql import GraphQLError
from strawberry.pydantic import InputValidationError

from db.errors import Fault, InvalidInput, Refused
from db.wording import worded

log = structlog.get_logger()
INVALID = "GRAPHQL_VALIDATION_FAILED"
PYTHONS, GRAPHQLS = " not to be None.", " not to be null."
# graphql-core quotes what it was sent, however long that is.
LONGEST = 2_000


def refusal(error: Refused) -> dict[str, Any]:
    """An expected failure, without a place in the operation."""
    return {"message": str(error), "extensions": {"code": error.code, **error.details}}


def internal(request_id: str) -> dict[str, Any]:
    return {
        "message": "Something went wrong on our side. Tell us the request id if it stays.",
        "extensions": {"code": "INTERNAL", "requestId": request_id},
    }


def presented(error: GraphQLError, request_id: str, code: str = INVALID) -> dict[str, Any]:
    """One error of a response; `code` is for what graphql-core itself found wrong."""
    shown: dict[str, Any]
    match error.original_error:
        case InputValidationError() as cause:
            shown = refusal(_invalid_input(cause))
        case Refused() as cause:
            shown = refusal(cause)
        case None | GraphQLError():
            shown = {"message": _in_graphql(error.message)[:LONGEST], "extensions": {"code": code}}
        case cause:
            log.error("unexpected failure", request_id=request_id, path=error.path, exc_info=cause)
            shown = internal(request_id)
    if error.locations:
        places = [{"line": at.line, "column": at.column} for at in error.locations]
        shown["locations"] = places
    if error.path:
        shown["path"] = error.path
    return shown


def _invalid_input(cause: InputValidationError) -> InvalidInput:
    return InvalidInput(
        [
            Fault(".".join(error.location), worded(error.type, error.message))
            for error in cause.errors
        ]
    )


def _in_graphql(message: str) -> str:
    """graphql-core's sentence, which names what stands for null in Python."""
    return message.removesuffix(PYTHONS) + GRAPHQLS if message.endswith(PYTHONS) else message


def codes_of(errors: Sequence[dict[str, Any]]) -> set[str]:
    return {error["extensions"]["code"] for error in errors}
