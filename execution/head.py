"""What the head of a request says, read once for all requests of a connection whose heads agree."""

from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias

from aiohttp import web

from access.networks import Address, Rules
from execution.negotiate import EVENTS, JSON, negotiated
from execution.request import KEY, address_of, is_plain
from execution.toll import asks_for_cost
from execution.whole import Answer

# As aiohttp has them: bytes, of which those below 0x80 are ASCII.
RawHeaders: TypeAlias = tuple[tuple[bytes, bytes], ...]
# What clients say anew with each request, and what is secret: nobody here reads it, or it is read
# each time. So no token stays in memory, either.
APART: Final = frozenset(
    [
        b"authorization",
        b"content-length",
        b"cookie",
        b"idempotency-key",
        b"proxy-authorization",
        b"traceparent",
        b"tracestate",
        b"x-request-id",
    ]
)
# Longer heads are read each time, so that connections at rest hold little; and those with less than
# two headers to be kept, of which itemgetter would make no tuple.
MOST_BYTES: Final = 2 * 1024
MOST_HEADERS: Final = 32
FEWEST: Final = 2


class Said(NamedTuple):
    """What a head says to the view.

    `plain` is the media type of what is in the events, where events are asked for. `is_plain` says
    that it is a POST of JSON that is taken as it is. Whether it `names_request`, or `names_attempt`
    by Idempotency-Key, is the same for all; by which names isn't.
    """

    media: str | None
    plain: str | None
    address: Address | None
    asks_for_cost: bool
    is_plain: bool
    names_request: bool
    names_attempt: bool


class Head:
    """One head, and who answers it, once that is known: what depends on nothing but the head."""

    __slots__ = (
        "_count",
        "_method",
        "_names",
        "_path",
        "_pick",
        "_rest",
        "part",
        "said",
    )

    def __init__(self, method: str, path: str, raw: RawHeaders) -> None:
        self.part: Answer | None = None
        self.said: Said | None = None
        names = [name.lower() for name, _ in raw]
        kept = [place for place, name in enumerate(names) if name not in APART]
        size = len(path) + sum(len(name) + len(value) for name, value in raw)
        is_kept = size <= MOST_BYTES and len(raw) <= MOST_HEADERS and len(kept) >= FEWEST
        self._pick = itemgetter(*kept) if is_kept else None
        if self._pick is None:
            return
        self._method, self._path, self._count = method, path, len(raw)
        self._rest: RawHeaders = self._pick(raw)
        self._names = [(n, raw[n][0]) for n, name in enumerate(names) if name in APART]

    def fits(self, message: Any) -> bool:
        """Whether another one says the same, but for what is kept apart."""
        raw: RawHeaders = message.raw_headers
        if self._pick is None or len(raw) != self._count or self._pick(raw) != self._rest:
            return False
        for place, name in self._names:
            if raw[place][0] != name:
                return False
        return message.method == self._method and message.path == self._path


def head_of(request: web.BaseRequest) -> Head:
    """The head as its connection knows it; another one where no connection does."""
    head: Head | None = getattr(request, "head", None)
    return head or Head(request.method, request.raw_path, request.raw_headers)


def said_by(request: web.BaseRequest, trusted: Rules) -> Said:
    headers = request.headers
    media = negotiated(headers.get("Accept"))
    return Said(
        media,
        # To be an event, what an operation came to must have status 200, as in application/json.
        JSON if media == EVENTS else media,
        address_of(request, trusted),
        asks_for_cost(headers),
        is_plain(request),
        "X-Request-Id" in headers,
        KEY in headers,
    )
