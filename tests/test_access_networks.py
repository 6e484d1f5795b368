"""How IP rules and addresses are read and shown, against the ipaddress module."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.networks import canonical, parse_address, parse_rule, unmapped


def read(text):
    try:
        return parse_rule(text)
    except ValueError:
        return None


def any_network():
    sizes = {4: st.integers(0, 32), 6: st.integers(0, 128)}
    addresses = st.ip_addresses().filter(lambda address: unmapped(address) == address)
    pairs = addresses.flatmap(lambda a: st.tuples(st.just(a), sizes[a.version]))
    return pairs.map(lambda pair: ip_network(pair, strict=False))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("203.0.113.9/32", "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("::/0", "::/0"),
        ("2001:0db8::/32", "2001:db8::/32"),
        ("2001:DB8:0:0:0:0:0:1", "2001:db8::1"),
        ("2001:db8::1/128", "2001:db8::1"),
        ("64:ff9b::192.0.2.0/120", "64:ff9b::c000:200/120"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("::FFFF:a00:1", "10.0.0.1"),
        ("0:0:0:0:0:ffff:10.0.0.0/120", "10.0.0.0/24"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
    ],
)
def test_rules_are_read_and_shown_canonically(text, shown):
    assert canonical(parse_rule(text)) == shown


@pytest.mark.parametrize(
    ("text", "flaw", "hint"),
    [
        ("10.0.0.1/8", "It has host bits set", "10.0.0.0/8"),
        ("2001:0db8::1/32", "It has host bits set", "2001:db8::/32"),
        ("::ffff:10.0.0.1/120", "It has host bits set", "10.0.0.0/24"),
        ("010.0.0.1", "It has leading zeros", "10.0.0.1"),
        ("10.0.00.010", "It has leading zeros", "10.0.0.10"),
        ("00.0.0.0/0", "It has leading zeros", "0.0.0.0/0"),
        ("::ffff:10.0.0.01", "It has leading zeros", "10.0.0.1"),
        ("10.0.0.0/08", "It has leading zeros", "10.0.0.0/8"),
        ("010.0.0.1/8", "It has leading zeros", "10.0.0.0/8"),
        ("fe80::1%eth0", "It has a zone id", "fe80::1"),
        ("fe80::%1/64", "It has a zone id", "fe80::/64"),
        ("10.0.0.0/255.0.0.0", "It has a mask in place of a prefix length", "10.0.0.0/8"),
        ("10.1.2.3/0.0.0.255", "It has a mask in place of a prefix length", "10.1.2.0/24"),
        (" 10.0.0.0/8", "It has white space around it", "10.0.0.0/8"),
        ("10.0.0.0 / 8\n", "It has white space around it", "10.0.0.0/8"),
    ],
)
def test_what_can_be_understood_is_refused_with_the_right_form(text, flaw, hint):
    with pytest.raises(ValueError, match=r".") as raised:
        parse_rule(text)
    assert str(raised.value) == f"{flaw}: write {hint}."


NO_RULES = [
    *("", "   ", "nonsense", "\0", "\ud800", "10.0.0.1 2", "10.0. 0.1", "10.0.0.1,10.0.0.2"),
    *("10.0.0", "10.0.0.0.0", "10.0.0.256", "1\u0660.0.0.0", "10.*.*.*", "0x0a.0.0.1", "167772161"),
    *(
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/+8",
        "10.0.0.0/",
        "/8",
        "10.0.0.0/8/8",
        "10.0.0.0/1_0",
    ),
    *("10.0.0.0/255.0.255.0", "10.0.0.0/\u0668", "10.0.0.1:80", "10.0.0.1-10.0.0.9"),
    *("[::1]", "::1/129", ":::", "2001:db8::/ffff::", "12345::1", "::1/0.0.0.0"),
]


@pytest.mark.parametrize("text", NO_RULES)
def test_what_is_no_rule_is_refused_without_repeating_it(text):
    with pytest.raises(ValueError, match=r".") as raised:
        parse_rule(text)
    expected = "It is no address or network, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32."
    assert str(raised.value) == expected


def test_a_short_prefix_of_a_mapped_network_is_refused():
    with pytest.raises(ValueError, match=r"IPv4-mapped network is 96 or longer; write the IPv4"):
        parse_rule("::ffff:10.0.0.0/95")


def test_too_long_a_rule_is_refused():
    with pytest.raises(ValueError, match="It is longer than 64 characters"):
        parse_rule(" " * 56 + "10.0.0.1 ")


@given(any_network())
def test_every_network_is_shown_and_read_back(network):
    assert parse_rule(str(network)) == network
    assert canonical(parse_rule(canonical(network))) == canonical(network)
    assert ip_network(canonical(network)) == network


@given(any_network().filter(lambda network: network.version == 4))
def test_every_mapped_network_is_the_ipv4_network(network):
    assert parse_rule(f"::ffff:{network.network_address}/{network.prefixlen + 96}") == network


@given(any_network().filter(lambda network: network.version == 6), st.booleans())
def test_any_spelling_of_ipv6_is_the_same_rule(network, upper):
    text = f"{network.network_address.exploded}/{network.prefixlen}"
    assert parse_rule(text.upper() if upper else text) == parse_rule(str(network))


@given(any_network(), st.integers(0, 50), st.sampled_from("0123456789abf.:/% ") | st.characters())
def test_a_rule_that_is_taken_is_one_for_the_ipaddress_module(network, place, character):
    text = str(network)
    text = text[:place] + character + text[place:]
    rule = read(text)
    if rule is not None:
        assert ip_network(text).num_addresses == rule.num_addresses
        assert unmapped(ip_network(text).network_address) == rule.network_address


@pytest.mark.parametrize(
    ("text", "address"),
    [("10.0.0.1", "10.0.0.1"), ("2001:DB8::01", "2001:db8::1"), ("::ffff:10.0.0.1", "10.0.0.1")],
)
def test_addresses_are_read_unmapped(text, address):
    assert parse_address(text) == ip_address(address)


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "10.0.0.01", "10.0.0.0/8", " 10.0.0.1", "fe80::1%eth0", "1\u0660.0.0.1"],
)
def test_what_is_no_address_is_none(text):
    assert parse_address(text) is None


def test_only_mapped_addresses_are_changed():
    for text in ("10.0.0.1", "::1", "::10.0.0.1", "64:ff9b::10.0.0.1", "2002:a00:1::"):
        assert unmapped(ip_address(text)) == ip_address(text)
    assert unmapped(ip_address("::ffff:10.0.0.1")) == ip_address("10.0.0.1")
