"""The sockets that the server answers on: bound before anything else is begun."""

import errno
import socket
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import click

from cli.url import url_of

REASONS = {
    errno.EADDRINUSE: "another program listens there",
    errno.EADDRNOTAVAIL: "this machine has no such address",
    errno.EACCES: "ports below 1024 are for privileged users",
}


@contextmanager
def bound(host: str, port: int) -> Generator[Sequence[socket.socket]]:
    """Sockets on all addresses of the host, on one port; nobody is let in before `listen`."""
    with ExitStack() as opened:
        with explained(host, port):
            sockets = _bind(opened, host, port)
        yield sockets


def must_spread(platform: str = sys.platform) -> None:
    """Refuse several processes where the system doesn't share connections out among them."""
    if platform != "linux":
        raise click.ClickException(
            "Only Linux spreads connections over several processes. Leave TOLLHOUSE_WORKERS (or"
            " --workers) at 1, and run several servers on ports of their own behind a proxy."
        )


def share(sockets: Sequence[socket.socket]) -> None:
    """Let processes of the same user bind the places of these sockets, which keep out all others.

    Not before these are bound: who shares from the start may join the port of a stranger's server.
    """
    for one in sockets:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)


@contextmanager
def bound_beside(shared: Sequence[socket.socket]) -> Generator[Sequence[socket.socket]]:
    """Sockets of this process's own in the same places; connections are spread over all."""
    with ExitStack() as opened:
        sockets: list[socket.socket] = []
        for other in shared:
            one = opened.enter_context(socket.socket(other.family, other.type, other.proto))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            _claim(one, other.getsockname())
            sockets.append(one)
            other.close()
        yield sockets


def _bind(opened: ExitStack, host: str, port: int) -> Sequence[socket.socket]:
    sockets: list[socket.socket] = []
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, kind, protocol, _, address in dict.fromkeys(found):
        one = opened.enter_context(socket.socket(family, kind, protocol))
        _claim(one, (address[0], port_of(sockets) or port, *address[2:]))
        sockets.append(one)
    return sockets


def _claim(one: socket.socket, address: tuple[Any, ...]) -> None:
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if one.family == socket.AF_INET6:
        one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    one.bind(address)


def port_of(sockets: Sequence[socket.socket]) -> int:
    """The real port; 0 where there are no sockets."""
    return sockets[0].getsockname()[1] if sockets else 0


@contextmanager
def explained(host: str, port: int) -> Generator[None]:
    """Failures to listen, told with the way out."""
    try:
        yield
    except OSError as error:
        reason = REASONS.get(error.errno or 0, error.strerror)
        raise click.ClickException(
            f"Can't listen on {url_of(host, port)}: {reason}."
            " --host or TOLLHOUSE_HOST, --port or TOLLHOUSE_PORT take others."
        ) from error
