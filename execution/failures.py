"""How failures look to a client: expected ones keep their code, all others are masked."""

from collections.abc import Sequence
from typing import Any

import structlog
from graphql import GraphQLError
from strawberry.pydantic import InputValidationError

from db.errors import Refused

log = structlog.get_logger()
INVALID = "GRAPHQL_VALIDATION_FAILED"
WORDED = {
    "string_pattern_mismatch": "must be an e-mail address, such as name@shop.example",
    "too_short": "must have at least one item",
}
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
            shown = _invalid_input(cause)
        case Refused() as cause:
            shown = refusal(cause)
        case None | GraphQLError():
            shown = {"message": error.message[:LONGEST], "extensions": {"code": code}}
        case cause:
            log.error("unexpected failure", request_id=request_id, path=error.path, exc_info=cause)
            shown = internal(request_id)
    if error.locations:
        places = [{"line": at.line, "column": at.column} for at in error.locations]
        shown["locations"] = places
    if error.path:
        shown["path"] = error.path
    return shown


def _invalid_input(cause: InputValidationError) -> dict[str, Any]:
    fields = [
        {"path": ".".join(error.location), "message": _worded(error.type, error.message)}
        for error in cause.errors
    ]
    message = "; ".join(f"{field['path']}: {field['message']}" for field in fields[:5])
    return {"message": message, "extensions": {"code": "INVALID_INPUT", "fields": fields}}


def _worded(kind: str, message: str) -> str:
    """Pydantic's sentence, or ours where its own speaks of Python."""
    # What has another type than the schema's was refused before: this can only be null.
    return "must not be null" if kind.endswith("_type") else WORDED.get(kind, message)


def codes_of(errors: Sequence[dict[str, Any]]) -> set[str]:
    return {error["extensions"]["code"] for error in errors}
