"""The client's address: the socket's peer, or what trusted proxies say about it."""

import re
from collections.abc import Sequence
from functools import lru_cache

from access.networks import Address, Rules, parse_address

LONGEST_WALK = 64
HIGHEST_PORT = 65_535

_HOP = re.compile(
    r"(?:\[([0-9A-Fa-f]{0,4}:[0-9A-Fa-f:.]{1,44})\]|([0-9.]{7,15}))(?::([0-9]{1,5}))?"
)


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Rules) -> Address | None:
    """Tell who calls, from the peer and the lines of X-Forwarded-For; None where nobody can tell.

    The header counts only behind a trusted proxy. It is read from the right, and left at the
    first address that isn't a trusted proxy's: what stands further left was said by the client.
    """
    address = _peer(peer) if peer else None
    if address is None or not forwarded or not trusted.holds(address):
        return address
    return _walk(",".join(forwarded), trusted)


# Peers are few, as long as an address, and call again and again.
@lru_cache(maxsize=1024)
def _peer(peer: str) -> Address | None:
    # A peer on the local link has its interface appended, which is no part of the address.
    return parse_address(peer.partition("%")[0])


def _walk(hops: str, trusted: Rules) -> Address | None:
    for _ in range(LONGEST_WALK):
        hops, more, hop = hops.rpartition(",")
        address = _address(hop.strip(" \t"))
        if address is None or not more or not trusted.holds(address):
            return address
    return None


def _address(hop: str) -> Address | None:
    form = _HOP.fullmatch(hop)
    if form is None:
        # A bare IPv6 address, which can't have a port; anything else is malformed.
        return parse_address(hop)
    ipv6, ipv4, port = form.groups(default="")
    return parse_address(ipv6 or ipv4) if int(port or 0) <= HIGHEST_PORT else None
