"""The rule of giving."""

from datetime import UTC, datetime, timedelta, timezone
from ipaddress import ip_address, ip_network
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access.grant import Beyond, Reach, added_beyond, beyond
from access.networks import admits
from db.scope import ALL_SCOPES, Scope

READ, WRITE, KEYS = Scope.PRODUCTS_READ, Scope.PRODUCTS_UPDATE, Scope.API_KEYS_UPDATE
DAYS = [datetime(2027, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
SOON, LATER, LATEST = DAYS


def reach(scopes=(READ,), networks=(), expires_at=None):
    return Reach(frozenset(scopes), frozenset(map(ip_network, networks)), expires_at)


ALL = reach(ALL_SCOPES)


def test_nothing_lies_beyond_an_equal():
    fenced = reach({READ, KEYS}, ["10.0.0.0/8", "2001:db8::/32"], SOON)
    assert not beyond(fenced, fenced)
    assert not beyond(ALL, ALL)
    assert not beyond(fenced, ALL)
    assert beyond(fenced, fenced) == Beyond()


def test_everything_beyond_is_named():
    wanted = reach({WRITE, READ, KEYS}, ["192.0.2.0/24", "10.1.0.0/16", "2001:db8::1"], LATER)
    found = beyond(wanted, reach({KEYS}, ["10.0.0.0/8"], SOON))
    assert found == Beyond((READ, WRITE), ("192.0.2.0/24", "2001:db8::1"), "2027-01-02T00:00:00Z")
    assert found.details == {
        "scopes": ["products.read", "products.update"],
        "ipRules": ["192.0.2.0/24", "2001:db8::1"],
        "expiresAt": "2027-01-02T00:00:00Z",
    }
    assert found.sentence == (
        "You can give no more than you have yourself. You lack: "
        "scopes products.read, products.update; use from 192.0.2.0/24, 2001:db8::1; "
        "use until 2027-01-02T00:00:00Z."
    )


def test_no_rules_and_no_expiry_lie_beyond_a_fenced_caller():
    found = beyond(reach(), reach({READ}, ["0.0.0.0/0", "::/0"], SOON))
    assert found.details == {"ipRules": ["any address"], "expiresAt": "never"}
    assert found.sentence == (
        "You can give no more than you have yourself. You lack: use from any address; no expiry."
    )


def test_a_long_list_is_cut_in_the_sentence_only():
    found = beyond(ALL, reach({READ}))
    assert len(found.details["scopes"]) == 19
    assert found.sentence.endswith("products.update, products.delete and 14 more.")


def test_times_are_shown_in_utc():
    east = timezone(timedelta(hours=2))
    wanted = reach(expires_at=datetime(2027, 1, 2, 2, 0, 0, 500, tzinfo=east))
    assert beyond(wanted, reach(expires_at=SOON)).expiry == "2027-01-02T00:00:00.000500Z"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ALL, ALL),
        (ALL, reach({READ, WRITE})),
        (ALL, reach(ALL_SCOPES, ["192.0.2.0/24"])),
        (ALL, reach(ALL_SCOPES, [], LATEST)),
        (reach({WRITE}, ["192.0.2.0/24"], LATEST), reach({WRITE}, ["192.0.2.7"], LATER)),
        (reach({WRITE}, ["192.0.2.0/25", "192.0.2.128/25"]), reach({WRITE}, ["192.0.2.0/24"])),
    ],
)
def test_narrowing_is_never_beyond(before, after):
    assert not added_beyond(before, after, reach({KEYS}, ["10.0.0.0/8"], SOON))


def test_only_the_added_scope_must_be_the_callers():
    before, after = reach({WRITE}), reach({WRITE, READ})
    assert not added_beyond(before, after, reach({READ, KEYS}))
    assert added_beyond(before, after, reach({KEYS})) == Beyond(scopes=(READ,))


def test_only_the_added_network_must_be_the_callers():
    before, after = reach({READ}, ["192.0.2.0/24"]), reach({READ}, ["192.0.2.0/24", "10.1.0.0/16"])
    assert not added_beyond(before, after, reach({READ}, ["10.0.0.0/8"]))
    found = added_beyond(before, after, reach({READ}, ["172.16.0.0/12"]))
    assert found == Beyond(addresses=("10.1.0.0/16",))


def test_a_network_may_be_kept_in_part_and_given_in_part():
    before, after = reach({READ}, ["10.0.0.0/9"]), reach({READ}, ["10.0.0.0/8"])
    assert not added_beyond(before, after, reach({READ}, ["10.128.0.0/9"]))
    assert added_beyond(before, after, reach({READ}, ["10.128.0.0/10"])).addresses == (
        "10.0.0.0/8",
    )


def test_removing_the_rules_needs_a_caller_without_any():
    before, after = reach({READ}, ["10.0.0.0/8"]), reach({READ})
    assert not added_beyond(before, after, ALL)
    found = added_beyond(before, after, reach({READ}, ["0.0.0.0/0", "::/0"]))
    assert found == Beyond(addresses=("any address",))


@pytest.mark.parametrize("expires_at", [LATER, None])
def test_time_is_added_by_a_later_expiry(expires_at):
    before, after = reach(expires_at=SOON), reach(expires_at=expires_at)
    assert added_beyond(before, after, reach(expires_at=SOON)).expiry is not None
    assert not added_beyond(before, after, reach(expires_at=expires_at))


def test_what_is_added_must_be_the_callers_with_all_that_it_can_be_used_with():
    own = reach({READ, KEYS}, ["10.0.0.0/8"], SOON)
    more_scopes = added_beyond(reach({WRITE}), reach({WRITE, READ}), own)
    assert more_scopes == Beyond(addresses=("any address",), expiry="never")
    wider = reach({WRITE}, ["192.0.2.7", "10.0.0.1"], SOON)
    assert added_beyond(reach({WRITE}, ["192.0.2.7"], SOON), wider, own) == Beyond((WRITE,))
    longer = added_beyond(reach({WRITE}, (), SOON - timedelta(1)), reach({WRITE}, (), SOON), own)
    assert longer == Beyond((WRITE,), ("any address",))
    kept = reach({READ}, ["192.0.2.7"], SOON - timedelta(1))
    assert added_beyond(kept, reach({READ}, ["192.0.2.7"], SOON), own).addresses == ("192.0.2.7",)


near = st.integers(29, 32).flatmap(
    lambda size: st.integers(0, 7).map(
        lambda host: ip_network((int(ip_address("10.0.0.0")) + host, size), strict=False)
    )
)
reaches = st.builds(
    Reach,
    st.frozensets(st.sampled_from([READ, WRITE, KEYS]), min_size=1),
    st.frozensets(near | st.just(ip_network("2001:db8::/64")), max_size=4),
    st.sampled_from([None, *DAYS]),
)
# The last address of each version lies in no network, so that no rules differ from any rules.
ADDRESSES = [ip_address("10.0.0.0") + n for n in range(9)]
ADDRESSES += [ip_address("2001:db8::1"), ip_address("2001:db9::1")]
TIMES = [SOON - timedelta(1), *DAYS]
USES = list(product([READ, WRITE, KEYS], ADDRESSES, TIMES))


def uses(key):
    addresses = {address for address in ADDRESSES if admits(key.networks, address)}
    times = {time for time in TIMES if key.expires_at is None or time < key.expires_at}
    return {use for use in USES if use[0] in key.scopes and use[1] in addresses and use[2] in times}


@given(reaches, reaches)
def test_a_key_is_beyond_if_it_can_do_what_the_caller_cannot(wanted, own):
    assert bool(beyond(wanted, own)) == bool(uses(wanted) - uses(own))


@settings(max_examples=200)
@given(reaches, reaches, reaches)
def test_a_change_is_beyond_if_it_adds_what_the_caller_cannot(before, after, own):
    found = added_beyond(before, after, own)
    assert bool(found) == bool(uses(after) - uses(before) - uses(own))
    assert set(found.scopes) <= set(beyond(after, own).scopes)
    assert set(found.addresses) <= set(beyond(after, own).addresses)
