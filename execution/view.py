"""The GraphQL endpoint: who calls, what they ask, and what comes of it."""

import re
import secrets
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog
from aiohttp import web

from access.caller import Caller
from access.check import KeyCheck
from access.client import client_address
from access.networks import Rules
from access.usage import Usage
from db.errors import Refused
from execution.answer import answered, failed, refused
from execution.errors import NotAcceptable
from execution.negotiate import GRAPHQL, JSON, negotiated
from execution.request import asked, bearer, method_must_fit
from execution.run import Runner
from schema.context import Context, House

log = structlog.get_logger()
SLOW_SECONDS: Final = 0.2
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class View:
    """Answers requests; a refusal of the whole request comes before the database is touched."""

    def __init__(
        self,
        runner: Runner,
        check: KeyCheck,
        house: House,
        usage: Usage,
        trusted: Rules,
        clock: Callable[[], datetime],
    ) -> None:
        self._runner, self._check, self._house = runner, check, house
        self._usage, self._trusted, self._clock = usage, trusted, clock

    async def answer(self, request: web.Request) -> web.Response:
        request_id = request_id_of(request)
        media = negotiated(request.headers.get("Accept"))
        try:
            return await self._answer(request, media, request_id)
        except Refused as error:
            return refused(error, media or JSON, request_id)
        except Exception:
            log.exception("unexpected failure", request_id=request_id)
            return failed(media or JSON, request_id)

    async def _answer(
        self, request: web.Request, media: str | None, request_id: str
    ) -> web.Response:
        method_must_fit(request)
        if media is None:
            raise NotAcceptable(f"Accept {GRAPHQL} or {JSON}.")
        began = time.monotonic()
        # Before a stranger's body is read, and again where it came slowly: much may have changed.
        now, caller = await self._known(request)
        operation = await asked(request)
        if time.monotonic() - began > SLOW_SECONDS:
            now, caller = await self._known(request)
        self._usage.note(caller, now)
        context = Context(caller, now, request_id, self._house)
        may_change = request.method == "POST"
        outcome = await self._runner.run(operation, context, may_change=may_change)
        return answered(outcome, media, request_id)

    async def _known(self, request: web.Request) -> tuple[datetime, Caller]:
        """The moment, and who is calling at it; for a known key that is a look-up."""
        now = self._clock()
        forwarded = request.headers.getall("X-Forwarded-For", [])
        address = client_address(request.remote, forwarded, self._trusted)
        return now, await self._check.caller(bearer(request), address, now)


def request_id_of(request: web.Request) -> str:
    """The client's own id of the request, where it gave a plain one, else a new one."""
    given = request.headers.get("X-Request-Id", "")
    return given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
