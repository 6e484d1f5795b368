"""Everybody may take away, and add what they have: keys that change, rotate and revoke keys."""

from datetime import timedelta

import pytest

from db.scope import ALL_SCOPES, Scope
from tests.furnished import all_of
from tests.keys import cidrs, must_be_beyond, read, revoked, rotate, rotated, rules, update, updated

MAY_UPDATE = [Scope.API_KEYS_UPDATE, Scope.PRODUCTS_READ]
DAY = timedelta(days=1)


async def test_a_stronger_key_is_narrowed_by_who_may_update_alone(house):
    target = await house.key()
    caller = await house.key(
        target.organization,
        [Scope.API_KEYS_UPDATE],
        ["127.0.0.1"],
        expires_at=house.clock.now + DAY,
    )

    for stated in (
        {"name": "Renamed", "description": "Weaker"},
        {"scopes": ["PRODUCTS_READ", "INVOICES_READ"]},
        {"scopes": ["PRODUCTS_READ"]},
        {"ipRules": rules("10.0.0.0/8", "192.0.2.0/24")},
        {"ipRules": rules("10.1.0.0/16")},
        {"expiresAt": "2999-01-01T00:00:00Z"},
        {"expiresAt": "2998-01-01T00:00:00Z"},
    ):
        assert (await update(house, caller, target.id, **stated)).status == 200
    key = await updated(house, caller, target.id)

    assert (key["name"], key["scopes"], cidrs(key), key["expiresAt"]) == (
        "Renamed",
        ["PRODUCTS_READ"],
        ["10.1.0.0/16"],
        "2998-01-01T00:00:00Z",
    )


ADDED = {
    "a scope": ({"scopes": ["PRODUCTS_READ", "INVOICES_READ"]}, {"scopes": ["invoices.read"]}),
    "another scope": ({"scopes": ["WEBHOOKS_READ"]}, {"scopes": ["webhooks.read"]}),
    "wider rules": ({"ipRules": rules("10.0.0.0/7")}, {"ipRules": ["10.0.0.0/7"]}),
    "no rules": ({"ipRules": []}, {"ipRules": ["any address"]}),
    "a later expiry": (
        {"expiresAt": "2999-01-01T00:00:00Z"},
        {"expiresAt": "2999-01-01T00:00:00Z", "ipRules": ["10.0.0.0/8"]},
    ),
    "no expiry": ({"expiresAt": None}, {"expiresAt": "never", "ipRules": ["10.0.0.0/8"]}),
}


@pytest.mark.parametrize("case", ADDED)
async def test_what_a_change_adds_must_be_the_callers(house, case):
    stated, beyond = ADDED[case]
    owner, expires = await house.organization(), house.clock.now + DAY
    caller = await house.key(owner, MAY_UPDATE, ["127.0.0.0/8"], expires)
    target = await house.key(owner, [Scope.PRODUCTS_READ], ["10.0.0.0/8"], expires - DAY / 2)
    before = await all_of(house, owner)

    answer = await update(house, caller, target.id, **stated)

    assert answer.error["extensions"]["code"] == "FORBIDDEN"
    shown = answer.error["extensions"]["beyond"]
    assert {name: shown[name] for name in beyond} == beyond
    assert await all_of(house, owner) == before


async def test_full_access_is_not_lifted_by_who_has_less(house):
    target = await house.key(scopes=[Scope.PRODUCTS_READ])
    caller = await house.key(target.organization, ALL_SCOPES - {Scope.API_KEYS_DELETE})

    answer = await update(house, caller, target.id, fullAccess=True)

    must_be_beyond(answer, "scopes api_keys.delete", scopes=["api_keys.delete"])


async def test_what_the_caller_has_is_added(house):
    target = await house.key(scopes=[Scope.INVOICES_READ], ips=["10.0.0.0/8"])
    caller = await house.key(target.organization, [*MAY_UPDATE, Scope.INVOICES_READ])

    key = await updated(
        house, caller, target.id, scopes=["INVOICES_READ", "PRODUCTS_READ"], ipRules=[]
    )

    assert (key["scopes"], cidrs(key)) == (["INVOICES_READ", "PRODUCTS_READ"], [])


ROTATED = {
    "scopes": ({"scopes": [Scope.INVOICES_READ]}, {"scopes": ["invoices.read"]}),
    "full access": ({"scopes": None}, None),
    "addresses": (
        {"scopes": [Scope.PRODUCTS_READ], "ips": []},
        {"ipRules": ["any address"]},
    ),
    "expiry": ({"expires_at": None}, {"expiresAt": "never"}),
}
WEAKER = {"scopes": [Scope.PRODUCTS_READ], "ips": ["127.0.0.1"]}


@pytest.mark.parametrize("case", ROTATED)
async def test_a_token_is_shown_to_nobody_who_can_do_less(house, case):
    more, beyond = ROTATED[case]
    owner, expires = await house.organization(), house.clock.now + DAY
    caller = await house.key(owner, MAY_UPDATE, ["127.0.0.0/8"], expires)
    target = await house.key(owner, **{**WEAKER, "expires_at": expires, **more})
    before = await all_of(house, owner)

    answer = await rotate(house, caller, target.id)

    assert (answer.codes, answer.body["data"]) == (["FORBIDDEN"], {"rotateApiKey": None})
    assert answer.error["extensions"]["beyond"] == (
        beyond or {"scopes": [scope for scope in Scope if scope not in MAY_UPDATE]}
    )
    assert await all_of(house, owner) == before


async def test_a_token_is_shown_to_who_can_do_as_much(house):
    owner, expires = await house.organization(), house.clock.now + DAY
    caller = await house.key(owner, MAY_UPDATE, ["127.0.0.0/8"], expires)
    target = await house.key(owner, **WEAKER, expires_at=expires)

    for key in (target, caller):
        payload = await rotated(house, caller, key.id)
        assert payload["apiKey"]["id"] == key.id


async def test_a_key_gives_itself_nothing(house):
    caller = await house.key(scopes=MAY_UPDATE, ips=["127.0.0.0/8"])

    wider = await update(house, caller, caller.id, ipRules=[])
    more = await update(house, caller, caller.id, fullAccess=True)

    must_be_beyond(wider, "use from any address", ipRules=["any address"])
    assert more.codes == ["FORBIDDEN"]


async def test_a_key_may_narrow_and_shorten_itself(house):
    caller = await house.key()
    expires = "2999-01-01T00:00:00Z"

    key = await updated(
        house,
        caller,
        caller.id,
        scopes=["API_KEYS_UPDATE", "API_KEYS_READ"],
        ipRules=rules("127.0.0.0/8"),
        expiresAt=expires,
    )

    assert key["scopes"] == ["API_KEYS_UPDATE", "API_KEYS_READ"]
    assert await read(house, caller, caller.id) == key


async def test_a_key_does_not_shut_itself_out(house):
    caller = await house.key()
    before = await all_of(house, caller.organization)

    for networks in (["10.0.0.0/8"], ["::/0"], ["127.0.0.2"]):
        answer = await update(house, caller, caller.id, ipRules=rules(*networks))
        assert (answer.status, answer.codes) == (200, ["LOCKOUT_RISK"])
        assert answer.error["message"] == (
            "With these rules this key could no longer be used from 127.0.0.1, where it is used "
            "now. Include that address, or let another key change this one."
        )
    assert await all_of(house, caller.organization) == before


async def test_another_key_may_shut_it_out(house):
    target = await house.key()
    caller = await house.key(target.organization, [Scope.API_KEYS_UPDATE])
    assert (await house.ask(target, "{ viewer { ip } }")).status == 200

    await updated(house, caller, target.id, ipRules=rules("10.0.0.0/8"))

    refused = await house.ask(target, "{ viewer { ip } }")
    assert (refused.status, refused.codes) == (403, ["IP_NOT_ALLOWED"])


async def test_stronger_keys_are_revoked_by_who_may_delete_alone(house):
    target = await house.key()
    caller = await house.key(target.organization, [Scope.API_KEYS_DELETE], ["127.0.0.1"])

    assert (await revoked(house, caller, target.id))["status"] == "REVOKED"
