"""Which code a refusal ends a socket with, and how much of the reason a close frame takes."""

import pytest

from access.errors import IpNotAllowed, MissingScope, RateLimited, Unauthenticated
from db.errors import Unavailable
from db.scope import Scope
from execution.socket import Socket
from execution.socket_close import Close, Ending, ending_by


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (Unauthenticated("why"), 4401),
        (IpNotAllowed("why"), 4403),
        (MissingScope.at("Query.products", Scope.PRODUCTS_READ), 4403),
        (RateLimited("why", 3), 1013),
        (Unavailable("why"), 1013),
    ],
)
def test_a_refusal_says_why(refused, code):
    ending = ending_by(refused)

    assert (ending.code, ending.reason) == (code, str(refused))


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("", ""),
        ("why", "why"),
        ("x" * 123, "x" * 123),
        ("x" * 124, "x" * 123),
        ("é" * 61 + "x", "é" * 61 + "x"),
        ("é" * 62, "é" * 61),
        ("x" + "👋" * 40, "x" + "👋" * 30),
    ],
)
def test_a_long_reason_is_cut_between_characters(reason, message):
    assert Ending(Close.DONE, reason).message == message.encode()


async def test_what_ended_a_socket_first_is_what_it_ends_with():
    socket = Socket(None, None, None)
    socket.end(Close.GOING_AWAY, "first")
    socket.end(Close.INTERNAL, "second")

    ending = await socket._ended
    assert (ending.code, ending.reason) == (Close.GOING_AWAY, "first")
