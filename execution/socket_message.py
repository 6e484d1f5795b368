"""The messages of graphql-transport-ws, as they come and as they go."""

from typing import Any, Final, NamedTuple, cast

import orjson

from execution.compiled.late import show_late
from execution.errors import HttpRefused
from execution.request import Sent, bearer_in, operation_of
from execution.socket_close import Close, Ending

PROTOCOL: Final = "graphql-transport-ws"
NO_PAYLOAD: Final = object()


class Init(NamedTuple):
    """`tokens` are those of the payload's `authorization`, in whatever case it is written."""

    tokens: frozenset[str]


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
            return Init(_tokens(_object(members)))
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


def _tokens(payload: dict[str, Any] | None) -> frozenset[str]:
    tokens: set[str] = set()
    for name, value in (payload or {}).items():
        # Which organization is meant matters to members only: a key has but one.
        if name.lower() in {"authorization", "organization"} and not isinstance(value, str | None):
            raise _invalid(f"`payload.{name}` must be a string.")
        if name.lower() == "authorization" and value is not None:
            tokens.add(bearer_in(value))
    return frozenset(tokens)


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
