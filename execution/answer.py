"""The HTTP answer to an operation: status, headers, body."""

from typing import Any, Final

import orjson

from access.errors import RateLimited, Unauthenticated
from db.errors import Refused, Unavailable
from execution.compiled.late import show_late
from execution.errors import HttpRefused, MethodNotAllowed
from execution.failures import codes_of, internal, refusal
from execution.negotiate import GRAPHQL, JSON
from execution.outcome import Outcome
from execution.whole import Common, Whole

# What refuses a whole request, wherever it is found: the first that fits wins.
STATUS: Final = {
    "UNAUTHENTICATED": 401,
    "IP_NOT_ALLOWED": 403,
    "MISSING_SCOPE": 403,
    "RATE_LIMITED": 429,
}
# What is so only where there is nothing else to show.
STATUS_WITHOUT_DATA: Final = {"UNAVAILABLE": 503, "INTERNAL": 500}
STATUS_OF_REFUSAL: Final = STATUS | STATUS_WITHOUT_DATA
# What may be tried again after a while.
PASSING: Final = (RateLimited, Unavailable)
NONE: Final[frozenset[str]] = frozenset()
COMMON: Final = {"Cache-Control": "no-store", "Vary": "Accept"}
# What each media type's answers have in common.
HEADERS: Final = {
    media: Common({"Content-Type": f"{media}; charset=utf-8", **COMMON})
    for media in (JSON, GRAPHQL)
}


def written(status: int, media: str, body: dict[str, Any], request_id: str) -> Whole:
    shown = orjson.dumps(body, show_late, orjson.OPT_UTC_Z)
    return Whole(status, shown, {}, HEADERS[media], f"X-Request-Id: {request_id}\r\n")


def refused(error: Refused, media: str, request_id: str) -> Whole:
    """A request of which nothing ran."""
    if isinstance(error, HttpRefused):
        status = error.status
    else:
        status = STATUS_OF_REFUSAL.get(error.code, 400)
    response = written(status, media, {"errors": [refusal(error)]}, request_id)
    headers = response.headers
    if isinstance(error, PASSING):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="tollhouse"'
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = error.allow
    return response


def failed(media: str, request_id: str) -> Whole:
    """A request that met a bug of ours."""
    return written(500, media, {"errors": [internal(request_id)]}, request_id)


def answered(
    outcome: Outcome, media: str, request_id: str, extensions: dict[str, Any] | None = None
) -> Whole:
    """What an operation came to. An answer of 4xx or 5xx has no data entry."""
    if outcome.ran and not outcome.errors and not extensions:
        return written(200, media, {"data": outcome.data}, request_id)
    status = status_of(outcome, media)
    body: dict[str, Any] = {"errors": outcome.errors} if outcome.errors else {}
    if status == 200 and outcome.ran:  # noqa: PLR2004  # OK
        body = {"data": outcome.data, **body}
    if extensions:
        body["extensions"] = extensions
    response = written(status, media, body, request_id)
    if status == STATUS_WITHOUT_DATA["UNAVAILABLE"]:
        response.headers["Retry-After"] = str(Unavailable.retry_after_seconds)
    return response


def status_of(outcome: Outcome, media: str) -> int:
    codes = codes_of(outcome.errors) if outcome.errors else NONE
    # Fields of a mutation that are done stay done: what they came to is shown in any case.
    refused = {} if outcome.is_mutation and outcome.holds_something else STATUS
    lacking = {} if outcome.holds_something else STATUS_WITHOUT_DATA
    for code, status in (refused | lacking).items() if codes else ():
        if code in codes:
            return status
    return 200 if outcome.ran or media == JSON else 400
