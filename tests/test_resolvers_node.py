"""Any object by its id."""

import pytest

import execution.gate
from db import ids
from db.errors import InvalidInput
from db.scope import Scope
from resolvers.nodes import FINDERS
from schema.read import BY_NOUN, KINDS
from tests.field_inputs import ENDED, SCHEMA
from tests.furnished import furnished

NODE = """query($id: ID!) { node(id: $id) { __typename id
  ... on Product { name price { amount } } ... on Invoice { number lines { quantity } }
  ... on Notification { category title }
  ... on ApiKey { tokenHint scopes } ... on Organization { slug } } }"""
MADE_UP = "01m8848cpwer09kyy0znvy0kcc"
PREFIXES = ", ".join(f"{prefix}_" for prefix in KINDS)


async def node(house, key, id):
    return (await house.ask(key, NODE, id=id)).data["node"]


async def test_each_object_is_shown_as_its_type(house):
    key = await house.key(await house.organization("acme"), name="Reader")
    ids = await furnished(house, key.organization, Scope.PRODUCTS_READ)

    shown = {noun: await node(house, key, id) for noun, id in ids.items()}

    hint = shown["ApiKey"].pop("tokenHint")
    assert hint.startswith("th_")
    assert shown == {
        "ApiKey": {"__typename": "ApiKey", "id": ids["ApiKey"], "scopes": ["PRODUCTS_READ"]},
        "Invoice": {
            "__typename": "Invoice",
            "id": ids["Invoice"],
            "number": "INV-000001",
            "lines": [{"quantity": 2}],
        },
        "Member": None,
        "Notification": {
            "__typename": "Notification",
            "id": ids["Notification"],
            "category": "INVOICES",
            "title": "Hello",
        },
        "Organization": {"__typename": "Organization", "id": ids["Organization"], "slug": "acme"},
        "Product": {
            "__typename": "Product",
            "id": ids["Product"],
            "name": "Tea",
            "price": {"amount": "2.50"},
        },
        "Webhook": {"__typename": "Webhook", "id": ids["Webhook"]},
        "WebhookDelivery": {"__typename": "WebhookDelivery", "id": ids["WebhookDelivery"]},
        ENDED: {"__typename": "WebhookDelivery", "id": ids[ENDED]},
    }


@pytest.mark.parametrize("prefix", KINDS)
async def test_what_is_not_there_is_null(house, prefix):
    assert await node(house, await house.key(), f"{prefix}_{MADE_UP}") is None


@pytest.mark.parametrize(
    "id", ["", "ipr_" + MADE_UP, "aud_" + MADE_UP, MADE_UP, "PROD_" + MADE_UP, 7]
)
async def test_an_unknown_prefix_is_named(house, id):
    key = await house.key(scopes=[Scope.WEBHOOKS_READ])

    answer = await house.ask(key, NODE, id=id)

    assert (answer.status, answer.body["data"]) == (200, {"node": None})
    assert answer.fields == {"id": f"must begin with one of {PREFIXES}"}


@pytest.mark.parametrize("rest", ["", "x", MADE_UP + "0", MADE_UP.upper(), "8" + MADE_UP[1:]])
async def test_an_id_that_is_none_is_named(house, rest):
    answer = await house.ask(await house.key(), NODE, id=f"prod_{rest}")

    assert (answer.status, answer.fields) == (
        200,
        {"id": "must be prod_ and 26 letters or digits"},
    )


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ('{ node(id: "prod_x") { id } }', {}),
        ("query($id: ID!) { node(id: $id) { id } }", {"id": "prod_x"}),
        ('query($id: ID = "prod_x") { node(id: $id) { id } }', {}),
        ('query($id: ID = "org_x") { node(id: $id) { id } }', {"id": "prod_x"}),
        ("query($id: ID!) { one: node(id: $id) { id } }", {"id": "prod_x"}),
    ],
)
async def test_the_scope_is_known_however_the_id_is_given(house, text, variables):
    key = await house.key(scopes=[Scope.INVOICES_READ])

    answer = await house.ask(key, text, **variables)

    assert (answer.status, answer.error["extensions"]["missing"]) == (403, ["products.read"])
    assert answer.error["message"] == "Query.node needs the scope products.read."


async def test_a_missing_scope_refuses_the_siblings_too(house):
    key = await house.key(scopes=[Scope.INVOICES_READ])
    await house.ask(key, "{ viewer { ip } }")
    text = "query($id: ID!) { organization { id } node(id: $id) { id } }"

    with house.counting() as statements:
        answer = await house.ask(key, text, id=f"prod_{MADE_UP}")

    assert (answer.status, answer.codes, statements) == (403, ["MISSING_SCOPE"], [])


async def test_the_form_of_an_id_is_judged_before_its_scope(house, monkeypatch):
    """That is only so without the plan, and shows nothing of what there is."""
    monkeypatch.setattr(execution.gate, "must_hold_scopes", lambda *_: None)
    key = await house.key(scopes=[Scope.INVOICES_READ])

    malformed = await house.ask(key, NODE, id="prod_x")
    refused = await house.ask(key, NODE, id=f"prod_{MADE_UP}")

    assert malformed.codes == ["INVALID_INPUT"]
    assert (refused.status, refused.codes) == (403, ["MISSING_SCOPE"])


async def test_one_node_alone_is_read(house):
    key = await house.key(scopes=[Scope.PRODUCTS_READ])
    furniture = await furnished(house, key.organization, Scope.PRODUCTS_READ)
    await node(house, key, furniture["Product"])

    with house.counting() as statements:
        await node(house, key, furniture["Product"])

    assert len(statements) == 1


def test_every_type_with_an_id_can_be_found_and_has_its_scope():
    types = {type_.name for type_ in SCHEMA.get_possible_types(SCHEMA.type_map["Node"])}

    assert set(BY_NOUN) == types | {"Member"}
    assert set(FINDERS) == set(KINDS) - {"mem"}
    for prefix in KINDS:
        with pytest.raises(InvalidInput):
            ids.parsed(prefix, "")
