"""Nobody gives more than they have: keys that make keys."""

from datetime import timedelta

import pytest

from db.scope import ALL_SCOPES, Scope
from tests.furnished import all_of
from tests.keys import cidrs, create, created, must_be_beyond, rules, shown

MAY_CREATE = [Scope.API_KEYS_CREATE, Scope.PRODUCTS_READ]
HALF, OTHER_HALF = "127.0.0.0/9", "127.128.0.0/9"
DAY = timedelta(days=1)


@pytest.mark.parametrize("stated", [{}, {"scopes": []}, {"scopes": None}])
async def test_full_access_is_not_given_by_who_has_less(house, stated):
    caller = await house.key(scopes=ALL_SCOPES - {Scope.WEBHOOKS_READ, Scope.INVOICES_READ})
    before = await all_of(house, caller.organization)

    answer = await create(house, caller, **stated)

    lacking = ["invoices.read", "webhooks.read"]
    must_be_beyond(answer, "scopes invoices.read, webhooks.read", scopes=lacking)
    assert await all_of(house, caller.organization) == before


async def test_full_access_is_given_by_who_has_all_scopes(house):
    caller = await house.key(scopes=ALL_SCOPES)

    assert (await created(house, caller))["apiKey"]["fullAccess"] is True


async def test_scopes_are_given_by_who_has_them(house):
    caller = await house.key(scopes=MAY_CREATE)

    key = (await created(house, caller, scopes=["PRODUCTS_READ"]))["apiKey"]
    answer = await create(house, caller, scopes=["PRODUCTS_READ", "PRODUCTS_UPDATE"])

    assert key["scopes"] == ["PRODUCTS_READ"]
    must_be_beyond(answer, "scopes products.update", scopes=["products.update"])


async def test_rules_and_expiry_that_are_left_out_are_the_callers(house):
    expires = house.clock.now + DAY
    caller = await house.key(ips=["2001:db8::/32", "127.0.0.0/8"], expires_at=expires)

    for stated in ({}, {"ipRules": None, "expiresAt": None}):
        key = (await created(house, caller, **stated))["apiKey"]
        assert (cidrs(key), key["expiresAt"]) == (["127.0.0.0/8", "2001:db8::/32"], shown(expires))
        assert [rule["note"] for rule in key["ipRules"]] == [None, None]


async def test_narrower_rules_and_an_earlier_expiry_are_given(house):
    caller = await house.key(ips=["127.0.0.0/8"], expires_at=house.clock.now + DAY)
    sooner = shown(house.clock.now + DAY / 2)

    key = (await created(house, caller, ipRules=rules("127.0.0.1"), expiresAt=sooner))["apiKey"]

    assert (cidrs(key), key["expiresAt"]) == (["127.0.0.1"], sooner)


BEYOND_RULES = {
    "wider": (["126.0.0.0/7"], ["126.0.0.0/7"]),
    "partly inside": (["127.0.0.1", "10.0.0.0/8"], ["10.0.0.0/8"]),
    "any": ([], ["any address"]),
    "IPv6, of which IPv4 rules say nothing": (["::/0"], ["::/0"]),
    "several, in order": (
        ["2001:db8::1", "10.0.0.2", "10.0.0.1"],
        ["10.0.0.1", "10.0.0.2", "2001:db8::1"],
    ),
}


@pytest.mark.parametrize("case", BEYOND_RULES)
async def test_rules_beyond_the_callers_are_refused(house, case):
    networks, beyond = BEYOND_RULES[case]
    caller = await house.key(ips=["127.0.0.0/8"])

    answer = await create(house, caller, ipRules=rules(*networks))

    must_be_beyond(answer, f"use from {', '.join(beyond)}", ipRules=beyond)


async def test_networks_that_the_callers_make_up_together_are_given(house):
    caller = await house.key(ips=[HALF, OTHER_HALF])

    key = (await created(house, caller, ipRules=rules("127.0.0.0/8")))["apiKey"]

    assert cidrs(key) == ["127.0.0.0/8"]


async def test_a_mapped_address_is_the_ipv4_address(house):
    caller = await house.key(ips=["127.0.0.0/8"])

    key = (await created(house, caller, ipRules=rules("::ffff:127.0.0.9")))["apiKey"]

    assert cidrs(key) == ["127.0.0.9"]


async def test_a_later_expiry_than_the_callers_is_refused(house):
    expires = house.clock.now + DAY
    caller = await house.key(expires_at=expires)
    later = shown(expires + timedelta(microseconds=1))

    assert (await create(house, caller, expiresAt=shown(expires))).status == 200
    answer = await create(house, caller, expiresAt=later)

    must_be_beyond(answer, f"use until {later}", expiresAt=later)


async def test_all_that_is_beyond_is_named_at_once(house):
    expires = house.clock.now + DAY
    caller = await house.key(scopes=MAY_CREATE, ips=["127.0.0.0/8"], expires_at=expires)
    stated = {"scopes": ["INVOICES_READ"], "ipRules": [], "expiresAt": "2999-01-01T00:00:00Z"}

    answer = await create(house, caller, **stated)

    must_be_beyond(
        answer,
        "scopes invoices.read; use from any address; use until 2999-01-01T00:00:00Z",
        scopes=["invoices.read"],
        ipRules=["any address"],
        expiresAt="2999-01-01T00:00:00Z",
    )
