"""Refusals of what a request is, before it is known what it asks for."""

from collections.abc import Mapping
from typing import Any

from db.errors import Refused


class HttpRefused(Refused):
    """A refusal with an HTTP status of its own, the same in both media types."""

    status = 400
    code = "BAD_REQUEST"


class ForeignOrigin(HttpRefused):
    status = 403
    code = "FORBIDDEN"


class NothingThere(HttpRefused):
    """No part of the server answers at this path."""

    status = 404
    code = "NOT_FOUND"


class MethodNotAllowed(HttpRefused):
    status = 405
    code = "METHOD_NOT_ALLOWED"

    def __init__(self, message: str, allow: str) -> None:
        super().__init__(message)
        self.allow = allow


class NotAcceptable(HttpRefused):
    status = 406
    code = "NOT_ACCEPTABLE"


class RequestTimeout(HttpRefused):
    status = 408
    code = "REQUEST_TIMEOUT"


class PayloadTooLarge(HttpRefused):
    status = 413
    code = "PAYLOAD_TOO_LARGE"


class DocumentNotTrusted(HttpRefused):
    status = 403
    code = "DOCUMENT_NOT_TRUSTED"


class UnsupportedMediaType(HttpRefused):
    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class QueryTooComplex(HttpRefused):
    """What an operation comes to beyond a limit, at which field, and what would fit."""

    code = "QUERY_TOO_COMPLEX"

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self._details = details or {}

    @property
    def details(self) -> Mapping[str, Any]:
        return self._details


class IntrospectionForbidden(HttpRefused):
    status = 403
    code = "FORBIDDEN"
