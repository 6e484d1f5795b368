"""Which addresses and networks lie within IP rules, against the ipaddress module."""

from ipaddress import collapse_addresses, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.networks import Rules, admits, lies_within
from tests.test_access_networks import any_network


def networks(*texts):
    return frozenset(map(ip_network, texts))


@st.composite
def near_networks(draw):
    """Networks of a small part of both spaces, so that they meet often."""
    version = draw(st.sampled_from([4, 6]))
    width = 32 if version == 4 else 128
    base = int(ip_address("10.0.0.0" if version == 4 else "2001:db8::"))
    prefix = draw(st.integers(width - 5, width))
    return ip_network((base + draw(st.integers(0, 31)), prefix), strict=False)


rule_sets = st.frozensets(near_networks(), max_size=8)
PLACES = [ip_address(base) + n for base in ("10.0.0.0", "2001:db8::") for n in range(33)]


def test_no_rules_admit_all_but_the_unknown():
    assert admits([], ip_address("10.0.0.1"))
    assert admits([], ip_address("::1"))
    assert not admits([], None)
    assert not admits(networks("0.0.0.0/0", "::/0"), None)


def test_no_rules_hold_nothing():
    assert not Rules(frozenset()).holds(ip_address("10.0.0.1"))
    assert not Rules(frozenset()).contains(ip_network("10.0.0.1"))


def test_versions_are_apart():
    assert not admits(networks("0.0.0.0/0"), ip_address("::1"))
    assert not admits(networks("::/0"), ip_address("10.0.0.1"))
    assert not lies_within(networks("10.0.0.0/8"), networks("::/0"))


def test_rules_are_values():
    one, same = Rules(networks("10.0.0.0/8")), Rules(networks("10.0.0.0/8"))
    assert len({one, same, Rules(networks("::/0"))}) == 2
    assert "_ranges" not in repr(one)


@given(rule_sets)
def test_the_addresses_admitted_are_those_of_the_networks(rules):
    for address in PLACES:
        assert admits(rules, address) == (not rules or any(address in n for n in rules))


@given(st.frozensets(any_network(), min_size=1, max_size=20), st.ip_addresses())
def test_any_address_is_admitted_by_the_networks_that_have_it(rules, address):
    assert admits(rules, address) == any(address in network for network in rules)
    for network in rules:
        assert admits(rules, network.network_address)
        assert admits(rules, network.broadcast_address)


@pytest.mark.parametrize(
    ("child", "parent", "within"),
    [
        ([], [], True),
        (["10.0.0.0/8"], [], True),
        ([], ["0.0.0.0/0", "::/0"], False),
        (["10.0.0.0/24"], ["10.0.0.0/25", "10.0.0.128/25"], True),
        (["10.0.0.0/24"], ["10.0.0.0/25", "10.0.0.128/26", "10.0.0.192/27"], False),
        (["10.0.0.0/24", "10.0.1.0/24"], ["10.0.0.0/24"], False),
        (["2001:db8::/48"], ["2001:db8::/32"], True),
        (["2001:db8::/32"], ["2001:db8::/48"], False),
    ],
)
def test_rules_lie_within_rules(child, parent, within):
    assert lies_within(networks(*child), networks(*parent)) is within


@given(rule_sets, rule_sets)
def test_rules_lie_within_others_if_those_admit_every_address(child, parent):
    admitted = [address for address in PLACES if admits(child, address)]
    expected = all(admits(parent, address) for address in admitted) and bool(child or not parent)
    assert lies_within(child, parent) == expected


@given(st.frozensets(any_network(), min_size=1), st.frozensets(any_network(), min_size=1))
def test_a_subset_is_what_the_ipaddress_module_says(child, parent):
    whole = []
    for version in (4, 6):
        whole += collapse_addresses(n for n in parent if n.version == version)
    expected = all(any(n.version == w.version and n.subnet_of(w) for w in whole) for n in child)
    assert lies_within(child, parent) == expected
    assert lies_within(child, child | parent)
