"""Sockets to customers' servers: each is checked by the very address it goes to."""

import errno
import socket
from collections.abc import Callable, MutableMapping
from typing import Any, Final
from weakref import WeakValueDictionary

from access.networks import Address, Rules, parse_address
from access.reach_out import may_reach

# Of one answer, its headers and all that is skipped included. A server can send interim answers,
# line ends or chunk extensions for ever, and parsing them would take a whole processor.
MOST_RECEIVED: Final = 1 << 18
# Read at once, so that one server that floods doesn't hold up the others.
LONGEST_READ: Final = 1 << 14


class NotAllowed(OSError):
    """The address isn't one that may be reached."""


class Guard:
    """What may be reached, and the sockets that are open."""

    def __init__(self, networks: Rules) -> None:
        self._networks = networks
        self._open: WeakValueDictionary[int, CountedSocket] = WeakValueDictionary()

    @property
    def open_sockets(self) -> int:
        return len(self._open)

    def rule(self, scheme: str) -> Callable[[Address], bool]:
        """What may be reached so: plain HTTP leads only to the networks that the settings open."""
        return self._networks.holds if scheme == "http" else self._may_reach

    def _may_reach(self, address: Address) -> bool:
        return may_reach(address, self._networks)

    def socket(self, allows: Callable[[Address], bool], info: Any) -> "CountedSocket":
        family, type_, protocol, _, (host, *_) = info
        if not is_allowed(allows, host):
            raise NotAllowed("the address is not allowed")
        return CountedSocket(family, type_, protocol, self._open)


def is_allowed(allows: Callable[[Address], bool], host: str) -> bool:
    # A host that is no address would be looked up once more, past this check.
    address = parse_address(host)
    return address is not None and allows(address)


class CountedSocket(socket.socket):
    """A socket that is listed while it is open, and that takes only so much for each request.

    It is read by asyncio's buffered protocols, ours and that of TLS: they call recv_into alone.
    """

    def __init__(
        self, family: int, type: int, protocol: int, listed: MutableMapping[int, Any]
    ) -> None:
        super().__init__(family, type, protocol)
        self._listed = listed
        self._received = 0
        listed[self.fileno()] = self

    def begin(self) -> None:
        """Count from here on for the next request."""
        self._received = 0

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        length = super().recv_into(buffer, min(nbytes or len(buffer), LONGEST_READ), flags)
        self._count(length)
        return length

    def _count(self, length: int) -> None:
        self._received += length
        if self._received > MOST_RECEIVED:
            raise OSError(errno.EMSGSIZE, "the answer is too long")

    def close(self) -> None:
        self._listed.pop(self.fileno(), None)
        super().close()
