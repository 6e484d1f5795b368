"""A GraphQL request as it comes over HTTP (GraphQL over HTTP, section 5)."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import orjson
from aiohttp import web

from execution.errors import (
    HttpRefused,
    MethodNotAllowed,
    PayloadTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
)
from execution.negotiate import JSON

MOST_BYTES = 1024 * 1024
BODY_SECONDS = 30
METHODS = ("GET", "POST")


class Asked(NamedTuple):
    """What a client wants to have run."""

    query: str
    variables: dict[str, Any]
    operation_name: str | None


def bearer(request: web.Request) -> str:
    """The token of the Authorization header; an empty text where there is none, or several."""
    headers = request.headers.getall("Authorization", [])
    scheme, _, token = headers[0].partition(" ") if len(headers) == 1 else ("", "", "")
    return token.strip(" ") if scheme.lower() == "bearer" else ""


def method_must_fit(request: web.Request) -> None:
    if request.method not in METHODS:
        message = f"GraphQL is asked by GET or POST, not by {request.method}."
        raise MethodNotAllowed(message, ", ".join(METHODS))


async def asked(request: web.Request) -> Asked:
    """The operation; HttpRefused where the request isn't one."""
    if request.method == "GET":
        return _checked(_unpacked(request.query))
    if request.content_type != JSON:
        raise UnsupportedMediaType(f"Send the operation as {JSON}.")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Send the body as it is, without Content-Encoding.")
    if (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise UnsupportedMediaType("Send the operation in UTF-8.")
    try:
        body = orjson.loads(await _body(request))
    except orjson.JSONDecodeError as error:
        raise HttpRefused(f"The body is not JSON: {error}.") from None
    if not isinstance(body, dict):
        raise HttpRefused('The body must be a JSON object: {"query": "..."}.')
    return _checked(cast("dict[str, Any]", body))


async def _body(request: web.Request) -> bytes:
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise PayloadTooLarge(f"The body has more than {MOST_BYTES} bytes.") from None
    except TimeoutError:
        message = f"The body did not arrive within {BODY_SECONDS} seconds."
        raise RequestTimeout(message) from None
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


def _checked(members: dict[str, Any]) -> Asked:
    query, name = members.get("query"), members.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise HttpRefused("`query` must be a string with the GraphQL document.")
    if not isinstance(name, str | None):
        raise HttpRefused("`operationName` must be a string.")
    _object(members.get("extensions"), "extensions")
    return Asked(query, _object(members.get("variables"), "variables"), name or None)


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict | None):
        raise HttpRefused(f"`{name}` must be an object.")
    return cast("dict[str, Any]", value or {})
