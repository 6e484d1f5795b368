"""Which part answers a request: a look at its path, where a router would search and take notes."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Final, TypeAlias

from aiohttp import HttpVersion11, web

from db.errors import Refused
from execution.answer import refused
from execution.errors import MethodNotAllowed, NothingThere
from execution.head import head_of
from execution.negotiate import JSON
from execution.request_id import request_id_of
from execution.whole import Answer, Answering, Response, awaited

# Which part answers a request, by its head alone.
Entrance: TypeAlias = Callable[[web.BaseRequest], Answer]
PATH: Final = "/graphql"
READING: Final = ("GET", "HEAD")
NOTHING: Final = f"There is nothing at this path. GraphQL is at {PATH}; / says what else there is."
READ_ONLY: Final = f"This page is only read, by GET or HEAD. GraphQL is at {PATH}."


class Front:
    """The entrance tells who answers /graphql, by whatever method; pages answer GET and HEAD.

    A page whose path ends with a slash answers for all below it that has no page of its own.
    """

    def __init__(self, entrance: Entrance, pages: Mapping[str, Answer]) -> None:
        self._entrance, self._pages = entrance, pages

    def answer(self, request: web.BaseRequest) -> Answering:
        """Awaiting it raises aiohttp's refusal of what can't be expected."""
        head = head_of(request)
        part = head.part
        if part is None:
            is_awaited = request.headers.get("Expect")
            part = head.part = self._answer_expected if is_awaited else self._part(request)
        return part(request)

    async def _answer_expected(self, request: web.BaseRequest) -> Response:
        await go_on(request)
        return await awaited(self._part(request)(request))

    def _part(self, request: web.BaseRequest) -> Answer:
        # What is escaped in a path is decoded here, but for slashes: they divide nothing.
        path = request.rel_url.path_safe
        if path == PATH:
            return self._entrance(request)
        page = self._pages.get(path) or self._pages.get(folder_of(path))
        if page is None:
            return self._refusing(NothingThere(NOTHING))
        if request.method not in READING:
            return self._refusing(MethodNotAllowed(READ_ONLY, ", ".join(READING)))
        return page

    @staticmethod
    def _refusing(error: Refused) -> Answer:
        def answer(request: web.BaseRequest) -> Answering:
            return refused(error, JSON, request_id_of(request))

        return answer


def folder_of(path: str) -> str:
    """The first part of a path, with both its slashes; empty where there is no second slash."""
    return path[: path.find("/", 1) + 1]


async def go_on(request: web.BaseRequest) -> None:
    """Tell the client to send its body, if that is what it waits for (RFC 9110, section 10.1.1)."""
    if request.version != HttpVersion11:
        return
    expected = request.headers["Expect"]
    if expected.lower() != "100-continue":
        raise web.HTTPExpectationFailed(text=f"Unknown Expect: {expected}")
    writer = request.writer
    # That somebody has gone is no fault to be logged: it shows by the body, or by the answer.
    with suppress(ConnectionError):
        await writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        # That was no part of the answer: should there be a fault, it can still be told of.
        writer.output_size = 0
        await writer.drain()
