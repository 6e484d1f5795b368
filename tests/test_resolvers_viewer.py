"""What every known caller may ask: who they are, their organization, and which scopes there are."""

from db.scope import DESCRIPTIONS, Scope
from tests.keys import read, rules, updated

NOT_FOR_DEVELOPERS = {"api_keys.create", "api_keys.update", "api_keys.delete"}


async def test_the_viewer_is_the_key_that_asks(house):
    owner = await house.organization("acme")
    key = await house.key(owner, [Scope.PRODUCTS_READ, Scope.INVOICES_CREATE], ["127.0.0.1"])
    text = """{ viewer { ip scopes organization { name slug } caller { __typename
      ... on ApiKey { id name fullAccess scopes ipRules { cidr } createdBy { kind name } } } } }"""

    shown = (await house.ask(key, text)).data["viewer"]

    assert shown == {
        "ip": "127.0.0.1",
        "scopes": ["INVOICES_CREATE", "PRODUCTS_READ"],
        "organization": {"name": "Acme", "slug": "acme"},
        "caller": {
            "__typename": "ApiKey",
            "id": key.id,
            "name": "Test key",
            "fullAccess": False,
            "scopes": ["INVOICES_CREATE", "PRODUCTS_READ"],
            "ipRules": [{"cidr": "127.0.0.1"}],
            "createdBy": {"kind": "SYSTEM", "name": "Operator"},
        },
    }


async def test_full_access_is_spelled_out(house):
    shown = (await house.ask(await house.key(), "{ viewer { scopes } }")).data["viewer"]

    assert shown == {"scopes": [scope.name for scope in Scope]}


async def test_the_viewer_reads_what_is_asked_for_and_no_more(house):
    key = await house.key()
    await house.ask(key, "{ viewer { ip } }")
    costs = {
        "{ viewer { ip scopes } scopes { name } }": 0,
        "{ viewer { organization { id } } }": 1,
        "{ viewer { caller { __typename } } }": 1,
        # It was read above, and is known since.
        "{ organization { id } }": 0,
    }
    for text, cost in costs.items():
        with house.counting() as statements:
            await house.ask(key, text)
        assert len(statements) == cost, text


async def test_an_organization_that_is_known_is_shown_as_when_it_was_read(house):
    key = await house.key(await house.organization("acme"))
    text = "{ viewer { organization { id name slug createdAt } } }"

    first, *others = [(await house.ask(key, text)).data for _ in range(4)]
    by_itself = (await house.ask(key, "{ organization { id name slug createdAt } }")).data

    assert others == [first] * 3
    assert first["viewer"] == by_itself
    assert first["viewer"]["organization"]["id"].startswith("org_")


async def test_the_viewer_sees_itself_as_it_is_now(house):
    key = await house.key()

    await updated(house, key, key.id, scopes=["API_KEYS_READ"], ipRules=rules("127.0.0.0/8"))

    text = "{ viewer { scopes caller { ... on ApiKey { scopes ipRules { cidr } } } } }"
    assert (await house.ask(key, text)).data["viewer"] == {
        "scopes": ["API_KEYS_READ"],
        "caller": {"scopes": ["API_KEYS_READ"], "ipRules": [{"cidr": "127.0.0.0/8"}]},
    }
    assert (await read(house, key, key.id))["scopes"] == ["API_KEYS_READ"]


async def test_the_organization_is_the_callers(house):
    first, second = await house.organization("first"), await house.organization("second")
    text = "{ organization { id name slug createdAt } viewer { organization { id } } }"

    answers = [(await house.ask(await house.key(owner), text)).data for owner in (first, second)]

    assert [answer["organization"]["slug"] for answer in answers] == ["first", "second"]
    assert [answer["organization"]["name"] for answer in answers] == ["First", "Second"]
    for answer in answers:
        assert answer["viewer"]["organization"]["id"] == answer["organization"]["id"]
        assert answer["organization"]["id"].startswith("org_")


async def test_all_scopes_are_listed_in_their_order(house):
    key = await house.key(scopes=[Scope.WEBHOOKS_READ])
    text = "{ scopes { scope name description availableToDevelopers } }"

    listed = (await house.ask(key, text)).data["scopes"]

    assert listed == [
        {
            "scope": scope.name,
            "name": scope.value,
            "description": DESCRIPTIONS[scope],
            "availableToDevelopers": scope.value not in NOT_FOR_DEVELOPERS,
        }
        for scope in Scope
    ]
    assert len(listed) == 20
