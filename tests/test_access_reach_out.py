"""Which addresses and URLs the house calls on a customer's behalf."""

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.networks import Rules, parse_rule
from access.reach_out import SETTING, may_reach, url_fault

NONE = Rules(frozenset())
OFFICE = Rules(frozenset(map(parse_rule, ("10.1.0.0/16", "127.0.0.0/8", "fd00:1::/32"))))

PUBLIC = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"]
PUBLIC += ["223.255.255.255", "2606:4700::1111", "2001:200::", "2a00::1", "64:ff9b::8.8.8.8"]
PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.0",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.0",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.0",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]
PRIVATE_IPV6 = [
    "::",
    "::1",
    "::7f00:1",
    "::8.8.8.8",
    "::ffff:0:8.8.8.8",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:db8::1",
    "2002:808:808::1",
    "3fff::1",
    "4000::",
    "5f00::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached(address):
    assert may_reach(ip_address(address), NONE)


@pytest.mark.parametrize("address", PRIVATE + PRIVATE_IPV6)
def test_special_addresses_are_not(address):
    assert not may_reach(ip_address(address), NONE)


@pytest.mark.parametrize("address", PRIVATE)
def test_nor_is_any_form_that_leads_to_one(address):
    plain = int(IPv4Address(address))
    for form in (
        IPv6Address(0xFFFF << 32 | plain),  # IPv4-mapped
        IPv6Address(plain),  # IPv4-compatible
        IPv6Address(0x2002 << 112 | plain << 80 | 1),  # 6to4
        IPv6Address(0x20010000 << 96 | 8 << 64 | plain ^ 0xFFFFFFFF),  # Teredo
        IPv6Address(0x64FF9B << 96 | plain),  # NAT64
        IPv6Address(0x64FF9B0001 << 80 | plain),  # NAT64 of a network's own
    ):
        assert not may_reach(form, NONE), form


@given(st.ip_addresses(v=4))
def test_what_python_calls_private_is_never_reached(address):
    assert not (may_reach(address, NONE) and address.is_private)
    assert may_reach(IPv6Address(0xFFFF << 32 | int(address)), NONE) == may_reach(address, NONE)


@given(st.ip_addresses(v=6))
def test_ipv6_is_reached_only_where_it_is_global(address):
    assert not may_reach(address, NONE) or address.is_global


def test_settings_open_networks():
    assert may_reach(ip_address("10.1.2.3"), OFFICE)
    assert may_reach(ip_address("::ffff:10.1.2.3"), OFFICE)
    assert may_reach(ip_address("fd00:1::5"), OFFICE)
    assert may_reach(ip_address("8.8.8.8"), OFFICE)
    assert not may_reach(ip_address("10.2.0.1"), OFFICE)
    assert not may_reach(ip_address("64:ff9b::10.1.2.3"), OFFICE)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "HTTPS://Example.COM.:8443/a%20b?c=d&e=%23",
        "https://a_b.xn--80ak6aa92e.com/Зелёный",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]:8443/",
        "https://intern",
    ],
)
def test_a_good_url_has_no_fault(url):
    assert url_fault(url, NONE) is None


FORM = "It is no URL, such as https://example.com/hooks."
HTTPS = "It must start with https://."
SPACES = "It has white space, control characters or backslashes: write them as %20 and so on."
HOST = "Its host is no host name: write it in ASCII, other letters in their xn-- form."
USER = "It has a user name or a password: leave them out, requests are signed instead."


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://example.com/" + "a" * 2029, "It is longer than 2048 characters."),
        ("https://example.com/a b", SPACES),
        ("https://example.com/\n", SPACES),
        ("\thttps://example.com/", SPACES),
        ("https://example.com/\x7f", SPACES),
        ("https://example.com\\@10.0.0.1/", SPACES),
        ("https://[::1", FORM),
        ("https://[fish]/", FORM),
        ("https://example.com:99999/", FORM),
        ("https://example.com:x/", FORM),
        ("", HTTPS),
        ("example.com", HTTPS),
        ("ftp://example.com/", HTTPS),
        ("file:///etc/passwd", HTTPS),
        ("https:example.com", HTTPS),
        ("https:/example.com", HTTPS),
        (
            "http://example.com/",
            f"It must start with https://: this server sends nothing over plain http. {SETTING}",
        ),
        ("https://user@example.com/", USER),
        ("https://:word@example.com/", USER),
        ("https://@example.com/", USER),
        ("https://example.com/#", "It has a fragment: leave out # and what follows it."),
        ("https:///hooks", "It has no host, such as example.com."),
        ("https://:443/", "It has no host, such as example.com."),
        ("https://example.com:0/", "Its port is 0: leave it out, or write one from 1 to 65535."),
        ("https://пример.рф/", HOST),
        ("https://%6cocalhost/", HOST),
        ("https://①②⑦.example/", HOST),
        ("https://a..com/", HOST),
        ("https://" + "a." * 127 + "com/", HOST),
        ("https://" + "a" * 64 + ".com/", HOST),
    ],
)
def test_a_fault_is_named_with_the_way_out(url, fault):
    assert url_fault(url, NONE) == fault


@pytest.mark.parametrize("name", ["localhost", "LocalHost.", "a.localhost"])
def test_the_server_itself_is_refused_by_name(name):
    fault = f"Its host is this server itself: give one that the internet reaches. {SETTING}"
    assert url_fault(f"https://{name}/", NONE) == fault
    assert url_fault(f"https://{name}/", OFFICE) is None


@pytest.mark.parametrize("address", PRIVATE)
def test_a_private_address_is_refused(address):
    fault = f"Its address is not public: give one that is reachable from the internet. {SETTING}"
    assert url_fault(f"https://{address}/", NONE) == fault
    assert url_fault(f"https://[::ffff:{address}]/", NONE) == fault
    assert url_fault(f"https://[64:ff9b::{address}]/", NONE) == fault


@pytest.mark.parametrize("address", PRIVATE_IPV6)
def test_a_private_ipv6_address_is_refused(address):
    fault = f"Its address is not public: give one that is reachable from the internet. {SETTING}"
    assert url_fault(f"https://[{address}]/", NONE) == fault


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.0.1.",
        "127.0.0.01",
        "0x",
    ],
)
def test_other_spellings_of_an_address_are_refused(host):
    fault = "Its address is in no plain form: write it as 192.0.2.7 or [2001:db8::7]."
    assert url_fault(f"https://{host}/", NONE) == fault
    assert url_fault(f"https://{host}/", OFFICE) == fault


def test_a_zone_id_is_refused():
    fault = "Its address has a zone id: leave out % and what follows it."
    assert url_fault("https://[fe80::1%25eth0]/", NONE) == fault


def test_http_leads_only_into_the_open_networks():
    fault = "Its address is outside the networks that may be called over http: use https."
    assert url_fault("http://10.1.2.3:8080/", OFFICE) is None
    assert url_fault("http://[::ffff:10.1.2.3]/", OFFICE) is None
    assert url_fault("http://tills.example/", OFFICE) is None
    assert url_fault("http://8.8.8.8/", OFFICE) == fault
    assert url_fault("http://10.2.0.1/", OFFICE) == url_fault("https://10.2.0.1/", OFFICE)
    assert SETTING in (url_fault("http://10.2.0.1/", OFFICE) or "")


@given(st.text(max_size=60) | st.from_regex(r"https?://[0-9a-z.:%@\[\]#?/-]{1,40}", fullmatch=True))
def test_any_text_is_judged_without_an_error(url):
    for networks in (NONE, OFFICE):
        fault = url_fault(url, networks)
        assert fault is None or fault.endswith(".")
