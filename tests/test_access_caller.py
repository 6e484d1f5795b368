"""A key that was found, the address that uses it, and how both are refused."""

from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from uuid import uuid4

import pytest

from access.caller import Caller, KnownKey
from access.errors import IpNotAllowed, MissingScope, RateLimited, Unauthenticated
from access.grant import Reach
from access.networks import Rules
from db.actor import Actor, ActorKind
from db.scope import ALL_SCOPES, Scope

HERE = ip_address("203.0.113.9")
SOON = datetime(2027, 1, 1, tzinfo=UTC)
READ, WRITE = Scope.PRODUCTS_READ, Scope.PRODUCTS_UPDATE


def known(scopes=(), networks=(), expires_at=None, *, full_access=False):
    """A key as a check finds it."""
    return KnownKey(
        organization_id=uuid4(),
        id=uuid4(),
        actor=Actor(ActorKind.API_KEY, "key_1", "Test key"),
        scopes=frozenset(scopes),
        full_access=full_access,
        rules=Rules(frozenset(map(ip_network, networks))),
        expires_at=expires_at,
    )


def caller(key, address=HERE):
    return Caller(key, address)


def test_a_key_reaches_as_far_as_its_scopes_rules_and_time():
    networks = frozenset({ip_network("203.0.113.0/24")})
    assert known({READ}, networks, SOON).reach == Reach(frozenset({READ}), networks, SOON)


def test_full_access_reaches_all_scopes_within_its_rules_and_time():
    networks = frozenset({ip_network("203.0.113.0/24")})
    reach = known({READ}, networks, SOON, full_access=True).reach
    assert reach == Reach(ALL_SCOPES, networks, SOON)


@pytest.mark.parametrize("networks", [[], ["203.0.113.9"], ["2001:db8::/32", "203.0.113.0/24"]])
def test_an_address_in_the_rules_may_call(networks):
    caller(known(networks=networks)).must_be_at_an_allowed_address()


@pytest.mark.parametrize("address", ["203.0.114.1", "2001:db8::1"])
def test_the_refusal_of_an_address_names_it(address):
    fenced = caller(known(networks=["203.0.113.0/24"]), ip_address(address))
    with pytest.raises(IpNotAllowed) as caught:
        fenced.must_be_at_an_allowed_address()
    assert str(caught.value) == f"This API key can't be used from {address}."


def test_an_unknown_address_may_not_call_even_without_rules():
    with pytest.raises(IpNotAllowed):
        caller(known(), None).must_be_at_an_allowed_address()


def test_a_missing_scope_is_named_beside_what_is_required():
    error = MissingScope([READ, WRITE], {WRITE: "Mutation.updateProduct"})
    assert str(error) == "Mutation.updateProduct needs the scope products.update."
    assert error.details == {
        "required": ["products.read", "products.update"],
        "missing": ["products.update"],
    }


def test_several_missing_scopes_are_all_named_each_with_what_needs_it():
    missing = {READ: "Query.products", WRITE: "Mutation.updateProduct"}
    error = MissingScope([READ, WRITE], missing)
    assert str(error) == (
        "Query.products needs the scope products.read;"
        " Mutation.updateProduct needs the scope products.update."
    )
    assert error.details["missing"] == ["products.read", "products.update"]


def test_one_field_needs_one_scope():
    error = MissingScope.at("Query.node", READ)
    assert str(error) == "Query.node needs the scope products.read."
    assert error.details == {"required": ["products.read"], "missing": ["products.read"]}


def test_codes_are_the_api():
    errors = [
        Unauthenticated(""),
        IpNotAllowed(""),
        MissingScope([], {}),
        RateLimited("Slowly.", 3),
    ]
    assert [error.code for error in errors] == [
        "UNAUTHENTICATED",
        "IP_NOT_ALLOWED",
        "MISSING_SCOPE",
        "RATE_LIMITED",
    ]


def test_who_is_too_quick_is_told_when_to_come_back():
    error = RateLimited("Slowly.", 3)
    assert (str(error), error.retry_after_seconds, error.details) == ("Slowly.", 3, {})
