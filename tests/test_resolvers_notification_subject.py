"""What a notification is about: shown to those who may read its type, and loaded in batches."""

import pytest

import execution.gate
from db.scope import Scope
from tests.furnished import furnished
from tests.shop import DELETE_PRODUCT
from tests.told import quiet_key, tell

BARE = "{ notifications { nodes { subject { __typename id } } } }"
FULL = """{ notifications { nodes { subject { __typename id
  ... on Product { name } ... on Invoice { number } ... on ApiKey { name }
  ... on Webhook { url } } } } }"""
NOUNS = ("ApiKey", "Invoice", "Product", "Webhook")
READ = Scope.NOTIFICATIONS_READ
PRODUCT = "{ notifications { nodes { subject { ... on Product { name } } } } }"
HIDDEN = """{ notifications(first: 1) { nodes { other: subject { ...Part } } } }
  fragment Part on Node { ... on Product { name } }"""


@pytest.fixture
async def told(house):
    """A key of an organization that was told of one object of each type, and their ids."""
    owner = await house.organization()
    ids = await furnished(house, owner, READ)
    key = await quiet_key(house, owner)
    for noun in NOUNS:
        await tell(house, owner, noun, subject_id=ids[noun])
    return key, ids


async def subjects(house, key, text=FULL):
    nodes = (await house.ask(key, text)).data["notifications"]["nodes"]
    return [node["subject"] for node in reversed(nodes)]


async def test_each_subject_is_shown_as_its_type(house, told):
    key, ids = told
    shown = {"ApiKey": {"name": "Test key"}, "Invoice": {"number": "INV-000001"}}
    shown |= {"Product": {"name": "Tea"}, "Webhook": {"url": "https://hooks.test/furnished"}}

    assert await subjects(house, key) == [
        {"__typename": noun, "id": ids[noun], **shown[noun]} for noun in NOUNS
    ]


async def test_subjects_are_loaded_with_one_statement_for_each_type(house, told):
    key, ids = told
    for noun in NOUNS:
        await tell(house, key.organization, noun, subject_id=ids[noun])
    await subjects(house, key)

    with house.counting() as statements:
        assert len(await subjects(house, key)) == 8

    assert len(statements) == 1 + len(NOUNS)


async def test_what_is_gone_or_nothing_is_null(house, told):
    key, ids = told
    await house.ask(key, DELETE_PRODUCT, input={"id": ids["Product"]})
    await tell(house, key.organization, "Nothing")

    shown = await subjects(house, key)

    assert [one and one["__typename"] for one in shown] == [
        "ApiKey",
        "Invoice",
        None,
        "Webhook",
        None,
    ]


async def test_another_organization_s_object_is_null(house, told):
    _key, ids = told
    other = await quiet_key(house)
    for noun in NOUNS:
        await tell(house, other.organization, noun, subject_id=ids[noun])

    assert await subjects(house, other) == [None] * len(NOUNS)


async def test_type_and_id_need_no_more_than_the_notification(house, told):
    key, ids = told
    reader = await house.key(key.organization, [READ])

    shown = await subjects(house, reader, BARE)

    assert shown[: len(NOUNS)] == [{"__typename": noun, "id": ids[noun]} for noun in NOUNS]


@pytest.mark.parametrize("text", [PRODUCT, HIDDEN])
async def test_a_fragment_needs_the_read_scope_of_its_type(house, told, text):
    key, _ = told
    owner = key.organization
    others = set(Scope) - {Scope.PRODUCTS_READ}
    refused = await house.key(owner, others)
    allowed = await house.key(owner, [READ, Scope.PRODUCTS_READ])
    await house.ask(refused, BARE)

    with house.counting() as statements:
        answer = await house.ask(refused, text)

    assert (answer.status, answer.error["extensions"]["missing"]) == (403, ["products.read"])
    assert statements == []
    assert (await house.ask(allowed, text)).status == 200


async def test_without_the_plan_an_object_is_veiled_still(house, told, monkeypatch):
    monkeypatch.setattr(execution.gate, "must_hold_scopes", lambda *_: None)
    key, ids = told
    reader = await quiet_key(house, key.organization, scopes=[READ, Scope.INVOICES_READ])
    for noun in NOUNS:
        await tell(house, key.organization, noun, subject_id=ids[noun])

    bare = await subjects(house, reader, BARE)
    invoice = await subjects(house, reader, PRODUCT.replace("Product { name", "Invoice { number"))
    answer = await house.ask(reader, FULL)

    assert bare == [{"__typename": noun, "id": ids[noun]} for noun in NOUNS]
    assert invoice == [{}, {"number": "INV-000001"}, {}, {}]
    assert set(answer.codes) == {"MISSING_SCOPE"}
    assert sorted(error["message"] for error in answer.body["errors"]) == [
        f"{field} needs the scope {scope}."
        for field, scope in (
            ("ApiKey.name", "api_keys.read"),
            ("Product.name", "products.read"),
            ("Webhook.url", "webhooks.read"),
        )
    ]
