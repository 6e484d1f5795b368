"""IP rules and other input of API keys: every notation, every fault, and what is kept."""

import pytest

from tests.furnished import all_of
from tests.house import GRAPHQL
from tests.keys import CREATE, cidrs, create, created, rules, update, updated

NOTATIONS = {
    "192.0.2.7": "192.0.2.7",
    "192.0.2.7/32": "192.0.2.7",
    "192.0.2.0/24": "192.0.2.0/24",
    "0.0.0.0/0": "0.0.0.0/0",
    "2001:db8::1": "2001:db8::1",
    "2001:db8::1/128": "2001:db8::1",
    "2001:0DB8:0000::/32": "2001:db8::/32",
    "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
    "::/0": "::/0",
    "::ffff:192.0.2.7": "192.0.2.7",
    "::ffff:c000:207": "192.0.2.7",
    "::ffff:192.0.2.0/120": "192.0.2.0/24",
    "64:ff9b::192.0.2.33": "64:ff9b::c000:221",
}
NO_NETWORK = "It is no address or network, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32."
FAULTS = {
    "192.0.2.7/24": "It has host bits set: write 192.0.2.0/24.",
    "2001:db8::1/32": "It has host bits set: write 2001:db8::/32.",
    "192.0.02.7": "It has leading zeros: write 192.0.2.7.",
    "192.0.2.0/024": "It has leading zeros: write 192.0.2.0/24.",
    "fe80::1%eth0": "It has a zone id: write fe80::1.",
    "192.0.2.0/255.255.255.0": "It has a mask in place of a prefix length: write 192.0.2.0/24.",
    " 192.0.2.7": "It has white space around it: write 192.0.2.7.",
    "::ffff:0:0/95": "The prefix of an IPv4-mapped network is 96 or longer; write the IPv4 network "
    "itself.",
    "192.0.2.0/33": NO_NETWORK,
    "192.0.2": NO_NETWORK,
    "shop.test": NO_NETWORK,
    "": NO_NETWORK,
    "192.0.2.7\0": NO_NETWORK,
    "1" * 65: "It is longer than 64 characters.",
    5: "must be a string such as 192.0.2.0/24",
    None: None,
}


async def test_every_notation_is_taken_and_shown_in_the_canonical_one(house):
    caller = await house.key()
    for written, canonical in NOTATIONS.items():
        key = (await created(house, caller, ipRules=rules(written)))["apiKey"]
        assert cidrs(key) == [canonical], written


async def test_each_fault_of_a_rule_is_named_with_the_right_form(house):
    caller = await house.key()
    before = await all_of(house, caller.organization)
    for written, message in FAULTS.items():
        stated = [{"cidr": "192.0.2.1"}, {"cidr": written}]
        answer = await create(house, caller, ipRules=stated)
        if written is None:
            assert (answer.status, answer.codes) == (400, ["GRAPHQL_VALIDATION_FAILED"])
        else:
            assert (answer.status, answer.codes) == (200, ["INVALID_INPUT"])
            assert answer.fields == {"input.ipRules.1.cidr": message}
    assert await all_of(house, caller.organization) == before


async def test_every_faulty_rule_is_named(house):
    caller = await house.key()

    answer = await update(house, caller, caller.id, ipRules=rules("x", "192.0.2.0/24", "10.1/8"))

    assert answer.fields == {
        "input.ipRules.0.cidr": NO_NETWORK,
        "input.ipRules.2.cidr": NO_NETWORK,
    }


async def test_200_rules_are_kept(house):
    networks = [f"192.0.2.{host}" for host in range(200)]

    key = (await created(house, await house.key(), ipRules=rules(*networks)))["apiKey"]

    assert cidrs(key) == networks


@pytest.mark.parametrize("count", [201, 1_000])
async def test_more_rules_are_refused_before_they_are_read(house, count):
    caller = await house.key()
    before = await all_of(house, caller.organization)
    stated = rules("10.0.0.1/8") * count

    for answer in (
        await create(house, caller, ipRules=stated),
        await update(house, caller, caller.id, ipRules=stated),
    ):
        message = f"has {count} rules, a key has at most 200"
        assert (answer.status, answer.fields) == (200, {"input.ipRules": message})
    assert await all_of(house, caller.organization) == before


async def test_10_000_rules_are_refused(house):
    caller = await house.key()
    before = await all_of(house, caller.organization)

    answer = await create(house, caller, ipRules=rules("10.0.0.0/8") * 10_000)

    assert (answer.codes, list(answer.fields)) == (["INVALID_INPUT"], ["input.ipRules"])
    assert answer.error["message"].startswith("input.ipRules: has 10000 ")
    assert await all_of(house, caller.organization) == before


async def test_a_network_that_is_stated_twice_is_one_rule(house):
    stated = [{"cidr": "192.0.2.7", "note": "One"}, {"cidr": "192.0.2.7/32", "note": "Two"}]

    key = (await created(house, await house.key(), ipRules=stated))["apiKey"]

    assert [(rule["cidr"], rule["note"]) for rule in key["ipRules"]] == [("192.0.2.7", "Two")]


async def test_rules_that_stay_keep_their_id_and_age(house):
    caller = await house.key()
    stated = [{"cidr": "192.0.2.0/24", "note": "Office"}, {"cidr": "2001:db8::/32"}]
    payload = await created(house, caller, ipRules=stated)
    office, home = payload["apiKey"]["ipRules"]

    noted = [{"cidr": "2001:DB8::/32"}, {"cidr": "192.0.2.0/24", "note": "Old office"}]
    key = await updated(house, caller, payload["apiKey"]["id"], ipRules=noted)

    kept, fresh = key["ipRules"]
    assert kept == home
    assert (fresh["cidr"], fresh["note"]) == ("192.0.2.0/24", "Old office")
    assert fresh["id"] != office["id"]
    assert fresh["createdAt"] == key["updatedAt"]


TOO_LONG = "must have at most {} characters"
NUL = "must not contain the character NUL"
LATER = "must be in the future; to end a key now, delete it"
TIME = "must be an RFC 3339 time such as 2026-11-23T17:08:16Z"
INPUTS = [
    ({"name": "x" * 201}, "input.name", TOO_LONG.format(200)),
    ({"name": " \t"}, "input.name", "must not be empty"),
    ({"name": "a\0"}, "input.name", NUL),
    ({"description": "x" * 2001}, "input.description", TOO_LONG.format(2000)),
    ({"description": "\0"}, "input.description", NUL),
    ({"environment": "x" * 65}, "input.environment", TOO_LONG.format(64)),
    ({"environment": ""}, "input.environment", "must not be empty"),
    (
        {"ipRules": [{"cidr": "::1", "note": "x" * 201}]},
        "input.ipRules.0.note",
        TOO_LONG.format(200),
    ),
    ({"ipRules": [{"cidr": "::1", "note": "\0"}]}, "input.ipRules.0.note", NUL),
    ({"expiresAt": "2020-01-01T00:00:00Z"}, "input.expiresAt", LATER),
    ({"expiresAt": "tomorrow"}, "input.expiresAt", TIME),
    ({"expiresAt": 5}, "input.expiresAt", TIME),
    (
        {"expiresAt": "2026-02-30T00:00:00Z"},
        "input.expiresAt",
        "must be a time that exists, such as 2026-11-23T17:08:16Z",
    ),
]


@pytest.mark.parametrize(("stated", "path", "message"), INPUTS)
async def test_faults_of_other_fields_are_named(house, stated, path, message):
    caller = await house.key()
    before = await all_of(house, caller.organization)

    for answer in (
        await create(house, caller, **stated),
        await update(house, caller, caller.id, **stated),
    ):
        assert (answer.status, answer.codes) == (200, ["INVALID_INPUT"])
        assert answer.fields == {path: message}
    assert await all_of(house, caller.organization) == before


CHANGES = [
    ({"name": None}, "input.name", "must not be null"),
    ({"scopes": None}, "input.scopes", "must not be null"),
    ({"fullAccess": None}, "input.fullAccess", "must not be null"),
    ({"ipRules": None}, "input.ipRules", "must not be null"),
    (
        {"scopes": []},
        "input.scopes",
        "must name a scope; to lift all limits, say fullAccess: true",
    ),
    (
        {"fullAccess": False},
        "input.fullAccess",
        "can only be true; to limit the key, give scopes",
    ),
]


@pytest.mark.parametrize(("stated", "path", "message"), CHANGES)
async def test_changes_that_contradict_themselves_are_refused(house, stated, path, message):
    caller = await house.key()
    before = await all_of(house, caller.organization)

    answer = await update(house, caller, caller.id, **stated)

    assert (answer.status, answer.codes, answer.fields) == (200, ["INVALID_INPUT"], {path: message})
    assert await all_of(house, caller.organization) == before


async def test_scopes_and_full_access_exclude_each_other(house):
    caller = await house.key()
    both = {"scopes": ["PRODUCTS_READ"], "fullAccess": True}

    answer = await update(house, caller, caller.id, **both)
    message = "give scopes or fullAccess"
    assert answer.fields == {"input.scopes": message, "input.fullAccess": message}

    answer = await update(house, caller, caller.id, expiresAt="2020-01-01T00:00:00Z", **both)
    assert answer.fields == {
        "input.scopes": message,
        "input.fullAccess": message,
        "input.expiresAt": LATER,
    }


async def test_all_that_no_key_could_be_is_told_at_once(house):
    caller = await house.key()

    answer = await update(
        house,
        caller,
        "prod_1",
        name="",
        scopes=[],
        fullAccess=False,
        ipRules=[{"cidr": "10.0.0.1/8"}],
        expiresAt="tomorrow",
    )

    assert answer.fields == {
        "input.id": "must be key_ and 26 letters or digits",
        "input.name": "must not be empty",
        "input.scopes": "must name a scope; to lift all limits, say fullAccess: true",
        "input.fullAccess": "can only be true; to limit the key, give scopes",
        "input.ipRules.0.cidr": "It has host bits set: write 10.0.0.0/8.",
        "input.expiresAt": TIME,
    }
    assert "write 10.0.0.0/8; and 1 more" in answer.error["message"]


@pytest.mark.parametrize(("media", "status"), [(GRAPHQL, 400), ("application/json", 200)])
async def test_an_unknown_scope_is_not_of_this_schema(house, media, status):
    caller = await house.key()
    before = await all_of(house, caller.organization)

    for scopes in (["PRODUCTS_FLY"], ["products.read"], [None], "ALL"):
        answer = await house.ask(
            caller, CREATE, headers={"Accept": media}, input={"name": "New", "scopes": scopes}
        )
        assert (answer.status, answer.codes) == (status, ["GRAPHQL_VALIDATION_FAILED"])
    assert await all_of(house, caller.organization) == before


@pytest.mark.parametrize("id", ["", "key_", "prod_01m8848cpwer09kyy0znvy0kcc", "key_" + "u" * 26])
async def test_an_id_of_anything_else_is_named(house, id):
    caller = await house.key()
    message = "must be key_ and 26 letters or digits"

    for answer, path in (
        (await house.ask(caller, "query($id: ID!) { apiKey(id: $id) { id } }", id=id), "id"),
        (await update(house, caller, id), "input.id"),
    ):
        assert answer.fields == {path: message}
