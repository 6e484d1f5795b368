"""The sockets that the server answers on: bound before anything else is begun."""

import errno
import socket
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager

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


def _bind(opened: ExitStack, host: str, port: int) -> Sequence[socket.socket]:
    sockets: list[socket.socket] = []
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    for family, kind, protocol, _, address in dict.fromkeys(found):
        one = opened.enter_context(socket.socket(family, kind, protocol))
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address[0], port_of(sockets) or port, *address[2:]))
        sockets.append(one)
    return sockets


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
