"""IP rules: how they are read and shown, and which addresses and networks lie within them."""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    collapse_addresses,
    ip_address,
    ip_interface,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_RULE = 64
MAPPED_PREFIX = 96  # ::ffff:0:0/96 holds all of IPv4

# Spellings that are refused though they can be understood: what is wrong, and what to take out.
_FLAWS = (
    ("It has white space around it", re.compile(r"(?:^|(?<=/))\s+|\s+(?=/|\Z)")),
    ("It has a zone id", re.compile(r"%[^/]*")),
    ("It has leading zeros", re.compile(r"(?<![0-9A-Fa-f])0+(?=[0-9]+\.)|(?<=[./])0+(?=[0-9])")),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """A set of networks, sorted once so that asking is cheap however many there are."""

    networks: frozenset[Network]
    _ranges: dict[int, tuple[list[int], list[int]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        ipv4 = collapse_addresses(n for n in self.networks if isinstance(n, IPv4Network))
        ipv6 = collapse_addresses(n for n in self.networks if isinstance(n, IPv6Network))
        object.__setattr__(self, "_ranges", {4: _bounds(ipv4), 6: _bounds(ipv6)})

    def admits(self, address: Address | None) -> bool:
        """Whether the address may call: no rules let all in, and nothing an unknown address."""
        return address is not None and (not self.networks or self.holds(address))

    def holds(self, address: Address) -> bool:
        """Whether one of the networks has the address; where there are none, none has."""
        value = int(address)
        return self._spans(address.version, value, value)

    def contains(self, network: Network) -> bool:
        """Whether the network lies inside one of these, or inside several together."""
        first, last = int(network.network_address), int(network.broadcast_address)
        return self._spans(network.version, first, last)

    def _spans(self, version: int, first: int, last: int) -> bool:
        # A network that several cover together is what collapsing makes of them, or part of it.
        starts, ends = self._ranges[version]
        place = bisect_right(starts, first) - 1
        return place >= 0 and last <= ends[place]


def admits(networks: Iterable[Network], address: Address | None) -> bool:
    return Rules(frozenset(networks)).admits(address)


def lies_within(child: Iterable[Network], parent: Iterable[Network]) -> bool:
    """Whether rules admit nobody whom the parent's don't; no rules admit everybody."""
    children, parents = frozenset(child), Rules(frozenset(parent))
    if not parents.networks:
        return True
    return bool(children) and all(map(parents.contains, children))


def parse_rule(text: str) -> Network:
    """Read an address or a CIDR; a refusal's ValueError names the right form, if there is one."""
    if len(text) > LONGEST_RULE:
        raise ValueError(f"It is longer than {LONGEST_RULE} characters.")
    flaw, mended = _mended(text)
    try:
        interface = ip_interface(mended)
    except ValueError:
        raise ValueError(
            "It is no address or network, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32."
        ) from None
    network = _network(interface)
    flaw = flaw or _flaw(interface, mended)
    if flaw is not None:
        raise ValueError(f"{flaw}: write {canonical(network)}.")
    return network


def _mended(text: str) -> tuple[str | None, str]:
    first: str | None = None
    for flaw, pattern in _FLAWS:
        text, found = pattern.subn("", text)
        if found and first is None:
            first = flaw
    return first, text


def _network(interface: IPv4Interface | IPv6Interface) -> Network:
    network, mapped = interface.network, getattr(interface.ip, "ipv4_mapped", None)
    if mapped is None:
        return network
    if network.prefixlen < MAPPED_PREFIX:
        raise ValueError(
            f"The prefix of an IPv4-mapped network is {MAPPED_PREFIX} or longer; "
            "write the IPv4 network itself."
        )
    return IPv4Network((mapped, network.prefixlen - MAPPED_PREFIX), strict=False)


def _flaw(interface: IPv4Interface | IPv6Interface, text: str) -> str | None:
    if "." in text.partition("/")[2]:
        return "It has a mask in place of a prefix length"
    if interface.ip != interface.network.network_address:
        return "It has host bits set"
    return None


def canonical(network: Network) -> str:
    """The one spelling of a network; a single address goes without its prefix length."""
    single = network.prefixlen == network.max_prefixlen
    return str(network.network_address if single else network)


def parse_address(text: str) -> Address | None:
    """Read a caller's address; what is none, or has a zone id, is None."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return None if "%" in text else unmapped(address)


def unmapped(address: Address) -> Address:
    """`::ffff:a.b.c.d` is a.b.c.d; any other address is itself."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _bounds(networks: Iterable[Network]) -> tuple[list[int], list[int]]:
    disjoint = sorted((int(n.network_address), int(n.broadcast_address)) for n in networks)
    return [first for first, _ in disjoint], [last for _, last in disjoint]
