"""Answers that are there, raised, or still to come, each in the form that others have."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from execution.whole import Answering, Response


def answering_by(ask: Callable[..., Answering], *asked: Any) -> Answering:
    """What is given; where it is raised, what raises it once it is awaited.

    A cancellation is this one's, too: those behind it wait for their answers.
    """
    try:
        return ask(*asked)
    except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  # it is dealt with there
        return raised(error)


async def raised(error: BaseException) -> Response:
    raise error


async def found(coming: Awaitable[Response]) -> Response | Exception:
    try:
        return await coming
    except Exception as error:  # noqa: BLE001  # aiohttp makes an answer of it
        return error


def giving(answer: web.StreamResponse | Exception) -> Any:
    """A handler, as aiohttp calls it, for a request of which is known what came of it."""

    async def handle(_request: web.BaseRequest) -> web.StreamResponse:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle
