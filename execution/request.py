"""A GraphQL request as it comes over HTTP (GraphQL over HTTP, section 5)."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import orjson
from aiohttp import web

from access.client import client_address
from access.networks import Address, Rules
from execution.document_id import document_id
from execution.errors import (
    HttpRefused,
    MethodNotAllowed,
    PayloadTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from execution.negotiate import JSON

MOST_BYTES = 1024 * 1024
# Of a longer one aiohttp may have stopped reading.
SMALL_BYTES = 16 * 1024
BODY_SECONDS = 30
METHODS = ("GET", "POST")
KEY = "Idempotency-Key"
TOO_LARGE = f"The body has more than {MOST_BYTES} bytes."


class Sent(NamedTuple):
    """An operation as a client sent it: its document, the document's id, or both."""

    query: str | None
    variables: dict[str, Any]
    operation_name: str | None
    document_id: str | None = None
    # Those of the header Idempotency-Key.
    keys: tuple[str, ...] = ()


class Asked(NamedTuple):
    """What a client wants to have run; execution/library.py finds its document."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None
    keys: tuple[str, ...] = ()


def bearer(request: web.BaseRequest) -> str:
    """The token of the Authorization header; an empty text where there is none, or several."""
    headers = request.headers.getall("Authorization", [])
    return bearer_in(headers[0]) if len(headers) == 1 else ""


def bearer_in(authorization: str) -> str:
    scheme, _, token = authorization.partition(" ")
    return token.strip(" ") if scheme.lower() == "bearer" else ""


def address_of(request: web.BaseRequest, trusted: Rules) -> Address | None:
    """Where the request comes from; None where that can't be told."""
    forwarded = request.headers.getall("X-Forwarded-For", ())
    return client_address(request.remote, forwarded, trusted)


def method_must_fit(request: web.BaseRequest) -> None:
    if request.method not in METHODS:
        message = f"GraphQL is asked by GET or POST, not by {request.method}."
        raise MethodNotAllowed(message, ", ".join(METHODS))


def is_plain(request: web.BaseRequest) -> bool:
    """Whether it is a POST whose body is taken; where it isn't, `body_must_fit` tells why."""
    if request.method != "POST":
        return False
    try:
        body_must_fit(request)
    except HttpRefused:
        return False
    return True


def body_must_fit(request: web.BaseRequest) -> None:
    """HttpRefused where the body isn't one that is taken, before any of it is."""
    if request.method == "GET":
        return
    must_be_json(request)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")


def body_there(request: web.BaseRequest) -> bytes | None:
    """The body where all of it is there; None where `body` has to wait for it.

    That of a GET is none.
    """
    if request.method == "GET":
        return b""
    content: Any = request.content
    if not content.is_eof():
        return None
    # Reading has been stopped for none so small, so it needn't be told when this is taken.
    is_small = 0 < content.total_bytes <= SMALL_BYTES
    there = b"".join(content._buffer) if is_small else content.read_nowait()  # noqa: SLF001
    if len(there) > MOST_BYTES:
        raise PayloadTooLarge(TOO_LARGE)
    return there


def sent(request: web.BaseRequest, body: bytes, *, names_attempt: bool) -> Sent:
    """The operation; HttpRefused where the request isn't one.

    Whether it has the header Idempotency-Key is known by its head.
    """
    if request.method == "GET":
        return operation_of(_unpacked(request.query))
    try:
        members = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HttpRefused(f"The body is not JSON: {error}.") from None
    if not isinstance(members, dict):
        raise HttpRefused('The body must be a JSON object: {"query": "..."}.')
    keys = tuple(request.headers.getall(KEY)) if names_attempt else ()
    return operation_of(cast("dict[str, Any]", members), keys)


def must_be_json(request: web.BaseRequest) -> None:
    if request.content_type != JSON:
        raise UnsupportedMediaType(f"Send the operation as {JSON}.")
    if (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("Send the operation in UTF-8.")


async def body(request: web.BaseRequest) -> bytes:
    """The whole body, once it is there."""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _whole(request)
    except TimeoutError:
        message = f"The body did not arrive within {BODY_SECONDS} seconds."
        raise RequestTimeout(message) from None


async def _whole(request: web.BaseRequest) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise PayloadTooLarge(TOO_LARGE) from None
    except (web.RequestPayloadError, ConnectionError):
        raise HttpRefused("The body did not arrive whole.") from None


def _unpacked(parameters: Mapping[str, str]) -> dict[str, Any]:
    """The members of an operation that came by GET, its objects read from JSON."""
    members: dict[str, Any] = {name: value for name, value in parameters.items() if value}
    for name in {"variables", "extensions"} & members.keys():
        try:
            members[name] = orjson.loads(members[name])
        except orjson.JSONDecodeError as error:
            raise HttpRefused(f"`{name}` is not JSON: {error}.") from None
    return members


def operation_of(members: dict[str, Any], keys: tuple[str, ...] = ()) -> Sent:
    """The operation that these members make; HttpRefused where they are none."""
    query, name = members.get("query"), members.get("operationName")
    id = None
    if "extensions" in members or "documentId" in members:
        extensions = _object(members.get("extensions"), "extensions")
        id = document_id(members.get("documentId"), extensions)
    if id is not None and query in (None, ""):
        query = None
    elif not isinstance(query, str) or not query or query.isspace():
        raise HttpRefused("`query` must be a string with the GraphQL document.")
    if name is not None and not isinstance(name, str):
        raise HttpRefused("`operationName` must be a string.")
    variables = _object(members.get("variables"), "variables")
    return Sent(query, variables, name or None, id, keys)


def _object(value: Any, name: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise HttpRefused(f"`{name}` must be an object.")
    return cast("dict[str, Any]", value)
