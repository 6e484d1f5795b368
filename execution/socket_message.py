"""The messages of graphql-transport-ws, as they come and as they go."""

from typing import Any, Final, NamedTuple, cast

import orjson

from execution.compiled.late import show_late
from execution.errors import HttpRefused
from execution.request import Sent, bearer_in, operation_of
from execution.socket_close import Close, Ending
from execution.toll import COST_HEADER

PROTOCOL: Final = "graphql-transport-ws"
NO_PAYLOAD: Final = object()
# What connection_init may say. Which organization is meant matters to members only: a key has one.
HEADERS: Final = frozenset({"authorization", "organization", COST_HEADER.lower()})


class Init(NamedTuple):
    """What the payload says in place of headers, whose names it may write in whatever case.

    `tokens` are those of `authorization`; `asks_cost` tells of `tollhouse-cost`.
    """

    tokens: frozenset[str]
    asks_cost: bool = False


class Ping(NamedTuple):
    payload: Any


class Pong(NamedTuple):
    pass


class Subscribe(NamedTuple):
    id: str
    sent: Sent


class Complete(NamedTuple):
    id: str


Message = Init | Ping | Pong | Subscribe | Complete


def read(text: str) -> Message:
    """The message; Ending where it is none that a client may send."""
    try:
        members = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _invalid("A message must be JSON.") from None
    if not isinstance(members, dict):
        raise _invalid("A message must be a JSON object.")
    members = cast("dict[str, Any]", members)
    match members.get("type"):
        case "connection_init":
            return _init(_object(members) or {})
        case "ping":
            payload = _object(members)
            return Ping(NO_PAYLOAD if payload is None else payload)
        case "pong":
            _object(members)
            return Pong()
        case "subscribe":
            return Subscribe(_id(members), _sent(_object(members)))
        case "complete":
            return Complete(_id(members))
        case _:
            raise _invalid("`type` must be one that a client sends, such as subscribe.")


def written(type: str, *, id: str | None = None, payload: Any = NO_PAYLOAD) -> str:
    members: dict[str, Any] = {"type": type}
    if id is not None:
        members["id"] = id
    if payload is not NO_PAYLOAD:
        members["payload"] = payload
    return orjson.dumps(members, show_late, orjson.OPT_UTC_Z).decode()


def _init(payload: dict[str, Any]) -> Init:
    tokens: set[str] = set()
    asks_cost = False
    for name, value in payload.items():
        header = name.lower()
        if header in HEADERS and not isinstance(value, str | None):
            raise _invalid(f"`payload.{name}` must be a string.")
        if header == "authorization" and value is not None:
            tokens.add(bearer_in(value))
        if header == COST_HEADER.lower():
            asks_cost = value == "1"
    return Init(frozenset(tokens), asks_cost)


def _sent(payload: dict[str, Any] | None) -> Sent:
    try:
        return operation_of(payload or {})
    except HttpRefused as error:
        raise _invalid(f"payload: {error}") from None


def _object(members: dict[str, Any]) -> dict[str, Any] | None:
    payload = members.get("payload")
    if not isinstance(payload, dict | None):
        raise _invalid("`payload` must be an object.")
    return cast("dict[str, Any] | None", payload)


def _id(members: dict[str, Any]) -> str:
    id = members.get("id")
    if not isinstance(id, str) or not id:
        raise _invalid("`id` must be a string, and not empty.")
    return id


def _invalid(reason: str) -> Ending:
    return Ending(Close.INVALID_MESSAGE, reason)
