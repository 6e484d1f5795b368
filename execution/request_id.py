"""The id that names a request in its answer and in the log."""

import re
from random import getrandbits
from typing import Final

from aiohttp import web

REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


def request_id_of(request: web.BaseRequest) -> str:
    """The client's own id of the request, where it gave a plain one, else a new one."""
    given = request.headers.get("X-Request-Id")
    if given is not None and REQUEST_ID.fullmatch(given):
        return given
    return new_request_id()


def new_request_id() -> str:
    # It names a request and guards nothing, so no call of the system is needed for it.
    return f"{getrandbits(64):016x}"
