"""Who calls, behind proxies and without."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.client import client_address
from access.networks import Rules, parse_rule

NONE = Rules(frozenset())
PROXIES = Rules(frozenset(map(parse_rule, ["10.0.0.0/8", "2001:db8:ffff::/48", "192.0.2.7"])))
PROXY = "10.0.0.1"
CLIENT = "203.0.113.9"


def told(peer, *lines, trusted=PROXIES):
    address = client_address(peer, lines, trusted)
    return None if address is None else str(address)


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        (CLIENT, CLIENT),
        ("2001:DB8::0001", "2001:db8::1"),
        ("::ffff:203.0.113.9", CLIENT),
        ("fe80::1%eth0", "fe80::1"),
        (PROXY, PROXY),
        (None, None),
        ("", None),
        ("/run/tollhouse.sock", None),
    ],
)
def test_without_the_header_the_peer_is_the_client(peer, address):
    assert told(peer) == address


@pytest.mark.parametrize("peer", [CLIENT, "2001:db8::1"])
def test_the_header_is_ignored_unless_the_peer_is_a_proxy(peer):
    assert told(peer, "198.51.100.1") == peer
    assert told(peer, "nonsense") == peer


def test_without_proxies_nobody_is_trusted():
    assert told(PROXY, CLIENT, trusted=NONE) == PROXY


def test_an_unknown_peer_is_not_trusted():
    assert told(None, CLIENT) is None


@pytest.mark.parametrize(
    ("lines", "address"),
    [
        ([CLIENT], CLIENT),
        (["198.51.100.1, " + CLIENT], CLIENT),
        ([f"198.51.100.1,{CLIENT},10.1.1.1,192.0.2.7"], CLIENT),
        ([f"198.51.100.1,{CLIENT}", "10.1.1.1"], CLIENT),
        ([CLIENT, "198.51.100.1"], "198.51.100.1"),
        (["10.9.9.9,10.1.1.1"], "10.9.9.9"),
        ([f"nonsense,,{CLIENT}"], CLIENT),
        ([f"\t{CLIENT} \t, 10.1.1.1 "], CLIENT),
        ([f"198.51.100.1,::ffff:{CLIENT},::ffff:10.1.1.1"], CLIENT),
    ],
)
def test_the_header_is_walked_from_the_right_past_proxies(lines, address):
    assert told(PROXY, *lines) == address


def test_a_mapped_proxy_is_a_proxy():
    assert told("::ffff:10.0.0.1", CLIENT) == CLIENT
    assert told("2001:db8:ffff::1", CLIENT) == CLIENT


@pytest.mark.parametrize(
    ("hop", "address"),
    [
        ("203.0.113.9:1", CLIENT),
        ("203.0.113.9:65535", CLIENT),
        ("[2001:db8::9]:443", "2001:db8::9"),
        ("[2001:DB8::9]", "2001:db8::9"),
        ("2001:db8::9", "2001:db8::9"),
        ("2001:db8::9:443", "2001:db8::9:443"),
        ("[::]", "::"),
        ("[::ffff:203.0.113.9]:443", CLIENT),
        ("[0000:0000:0000:0000:0000:ffff:203.000.113.9]:443", None),
        ("[0000:0000:0000:0000:0000:FFFF:203.100.113.199]:443", "203.100.113.199"),
    ],
)
def test_a_port_is_dropped(hop, address):
    assert told(PROXY, hop) == address


MALFORMED = [
    "",
    " ",
    "unknown",
    "_hidden",
    "localhost",
    '"203.0.113.9"',
    "for=203.0.113.9",
    "203.0.113",
    "203.0.113.09",
    "203.0.113.256",
    "203.0.113.9:",
    "203.0.113.9:65536",
    "203.0.113.9:http",
    "203.0.113.9:٤٤٣",
    "203.0.113.9:000443",
    "[203.0.113.9]:443",
    "[2001:db8::9]443",
    "[2001:db8::9",
    "2001:db8::9]",
    "[]",
    "[fe80::1%eth0]:443",
    "fe80::1%eth0",
    "::ffff:203.0.113.9:443",
    "2001:db8::/32",
    "203.0.113.9/32",
    "203.0.113.9 10.0.0.1",
    "\x0b203.0.113.9",
    "[" + ":" * 8000,
]


@pytest.mark.parametrize("hop", MALFORMED)
def test_a_malformed_or_empty_hop_leaves_the_address_unknown(hop):
    assert told(PROXY, hop) is None
    assert told(PROXY, f"{CLIENT},{hop}") is None
    assert told(PROXY, f"{CLIENT},{hop}", "10.1.1.1") is None


def test_an_empty_line_is_an_empty_hop():
    assert told(PROXY, CLIENT, "") is None
    assert told(PROXY, "", CLIENT) == CLIENT
    assert told(PROXY, "", "10.1.1.1") is None


def test_the_walk_ends_at_64_hops():
    assert told(PROXY, CLIENT + ",10.1.1.1" * 63) == CLIENT
    assert told(PROXY, CLIENT + ",10.1.1.1" * 64) is None


@given(
    st.lists(st.ip_addresses() | st.sampled_from(["10.1.1.1", "192.0.2.7"]).map(ip_address)),
    st.text(alphabet=st.characters(exclude_characters=",")),
)
def test_what_the_client_says_is_never_read(proxied, said):
    """Whatever stands left of an address that is no proxy's changes nothing."""
    hops = [CLIENT, *(str(address) for address in proxied)]
    assert told(PROXY, ",".join(hops)) == told(PROXY, said, ",".join(hops))
