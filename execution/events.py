"""Server-Sent Events, as the protocol graphql-sse writes results (distinct connections mode)."""

from typing import Any, Final

import orjson

from execution.compiled.late import show_late
from execution.negotiate import EVENTS
from execution.whole import Whole

# A comment, which clients skip: it keeps proxies from closing what is quiet.
KEEP_ALIVE: Final = b":\n\n"
# Without the empty data, browsers would skip the event.
COMPLETE: Final = b"event: complete\ndata:\n\n"


def next_event(result: dict[str, Any]) -> bytes:
    return _next(orjson.dumps(result, show_late, orjson.OPT_UTC_Z))


def as_events(response: Whole) -> None:
    """Make the answer to an operation the only event of a stream, and leave a refusal as it is."""
    if response.status == 200:  # noqa: PLR2004  # OK
        response.body = _next(response.body) + COMPLETE
        response.headers["Content-Type"] = f"{EVENTS}; charset=utf-8"


def _next(result: bytes) -> bytes:
    # JSON has no line breaks of its own here, so it is one line of data.
    return b"event: next\ndata: " + result + b"\n\n"
