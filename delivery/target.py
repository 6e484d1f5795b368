"""Where a URL leads, and how a request to it begins."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from yarl import URL

SCHEMES: Final = ("https", "http")

_PRINTABLE: Final = re.compile("[!-~]+")
_NAME: Final = re.compile("[a-z][a-z0-9-]*")
# What the request says of itself; said twice, the two could be read differently.
_OURS: Final = frozenset(
    [
        "host",
        "user-agent",
        "accept",
        "accept-encoding",
        "connection",
        "content-length",
        "transfer-encoding",
        "expect",
        "upgrade",
        "te",
        "trailer",
    ]
)


class Origin(NamedTuple):
    """What a connection leads to; requests to the same one may share it."""

    scheme: str
    # As it is looked up, and as TLS asks for it.
    host: str
    port: int


class Target(NamedTuple):
    origin: Origin
    # A request's first lines, which are the same each time.
    head: str


class Unsupported(ValueError):
    """The URL is of another scheme than those that can be sent to."""


@lru_cache(maxsize=4096)
def target_of(url: str, user_agent: str) -> Target:
    """Raises ValueError where the URL leads nowhere."""
    parsed = URL(url)
    if parsed.scheme not in SCHEMES:
        raise Unsupported(parsed.scheme)
    # A name that TLS can't take, with an empty label or an overlong one, is found here: later it
    # would end in an error that is nobody's.
    host = (parsed.raw_host or "").encode("idna").decode().rstrip(".")
    named, path = parsed.host_port_subcomponent or "", parsed.raw_path_qs
    for part in (host, named, path):
        if not _PRINTABLE.fullmatch(part):
            raise ValueError("a request can't be made of it")
    # Nothing is taken from a user name or a password.
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {named}\r\nuser-agent: {user_agent}\r\n"
        # Whatever is answered is kept as it came, and packed answers can't be read.
        "accept: */*\r\naccept-encoding: identity\r\n"
    )
    return Target(Origin(parsed.scheme, host, parsed.port or 0), head)


def request_head(target: Target, headers: Mapping[str, str], length: int, *, keep: bool) -> bytes:
    """All that comes before the body; raises ValueError for headers that would break out of it."""
    template = _template(tuple(headers), keep)
    lines = template % (*headers.values(), length)
    if not lines.isascii() or _breaks(lines) != _breaks(template) or "\0" in lines:
        raise ValueError("A header holds a line break, or what isn't ASCII.")
    return (target.head + lines).encode("ascii")


@lru_cache(maxsize=64)
def _template(names: tuple[str, ...], keep: bool) -> str:  # noqa: FBT001  # lru_cache is quicker so
    for name in names:
        if not _NAME.fullmatch(name) or name in _OURS:
            raise ValueError(f"{name!r} is no header that a webhook can have.")
    lines = "".join(f"{name}: %s\r\n" for name in names)
    return lines + ("" if keep else "connection: close\r\n") + "content-length: %d\r\n\r\n"


def _breaks(text: str) -> tuple[int, int]:
    return text.count("\r"), text.count("\n")
