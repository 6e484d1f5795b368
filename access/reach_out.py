"""Where the house may connect to on a customer's behalf: the rule for addresses and for URLs."""

import re
from ipaddress import IPv4Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from access.networks import Address, Rules, unmapped

LONGEST_URL = 2048
LONGEST_NAME = 253
# What an operator can do about a refusal.
SETTING = "Private networks are let in by the setting TOLLHOUSE_WEBHOOK_NETWORKS."

# IANA's special-purpose registries, written out: what the ipaddress module calls global changes
# from one release of Python to the next.
_SPECIAL = (
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "168.63.129.16/32",  # Azure's own services, for every machine inside: public by form only
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/3",
    "2001::/23",  # Teredo, benchmarks and other protocols
    "2001:db8::/32",
    "2002::/16",  # 6to4, which leads to any IPv4 address and has been given up
    "3fff::/20",
)
_UNREACHABLE = Rules(frozenset(map(ip_network, _SPECIAL)))
_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_LOOPBACK = (ip_address("127.0.0.1"), ip_address("::1"))

_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?", re.IGNORECASE)
_NUMERIC = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?", re.IGNORECASE)
_LOCAL_NAME = re.compile(r"(?:.*\.)?localhost\.?", re.IGNORECASE)


def may_reach(address: Address, networks: Rules) -> bool:
    """Whether the address is public, or lies in the networks that the settings open."""
    address = unmapped(address)
    return networks.holds(address) or _is_public(address)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not _UNREACHABLE.holds(address)
    if address in _NAT64:
        # A network without IPv4 shows every IPv4 address so: that one is what is reached.
        return _is_public(IPv4Address(int(address) & 0xFFFFFFFF))
    return address in _UNICAST and not _UNREACHABLE.holds(address)


def url_fault(url: str, networks: Rules) -> str | None:
    """What is wrong with a URL that is to be called, as far as can be said without a lookup."""
    if len(url) > LONGEST_URL:
        return f"It is longer than {LONGEST_URL} characters."
    if " " in url or "\\" in url or not url.isprintable():
        return "It has white space, control characters or backslashes: write them as %20 and so on."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "It is no URL, such as https://example.com/hooks."
    return _form_fault(url, parts, networks) or _host_fault(parts, host, port, networks)


def _form_fault(url: str, parts: SplitResult, networks: Rules) -> str | None:
    if parts.scheme not in ("https", "http") or not url.lower().startswith(f"{parts.scheme}://"):
        return "It must start with https://."
    if parts.scheme == "http" and not networks.networks:
        return f"It must start with https://: this server sends nothing over plain http. {SETTING}"
    if "@" in parts.netloc:
        return "It has a user name or a password: leave them out, requests are signed instead."
    if "#" in url:
        return "It has a fragment: leave out # and what follows it."
    return None


def _host_fault(
    parts: SplitResult, host: str | None, port: int | None, networks: Rules
) -> str | None:
    if not host:
        return "It has no host, such as example.com."
    if port == 0:
        return "Its port is 0: leave it out, or write one from 1 to 65535."
    if "[" in parts.netloc or _NUMERIC.fullmatch(host):
        return _address_fault(host, parts.scheme, networks)
    if len(host) > LONGEST_NAME or not _NAME.fullmatch(host):
        return "Its host is no host name: write it in ASCII, other letters in their xn-- form."
    if _LOCAL_NAME.fullmatch(host) and not any(map(networks.holds, _LOOPBACK)):
        return f"Its host is this server itself: give one that the internet reaches. {SETTING}"
    return None


def _address_fault(host: str, scheme: str, networks: Rules) -> str | None:
    try:
        address = ip_address(host)
    except ValueError:
        return "Its address is in no plain form: write it as 192.0.2.7 or [2001:db8::7]."
    if "%" in host:
        return "Its address has a zone id: leave out % and what follows it."
    if not may_reach(address, networks):
        return f"Its address is not public: give one that is reachable from the internet. {SETTING}"
    if scheme == "http" and not networks.holds(unmapped(address)):
        return "Its address is outside the networks that may be called over http: use https."
    return None
