"""What an operation costs, known from its text and its variables."""

import pytest
from graphql import parse, validate

from execution.cost import MOST_COST, compile_cost
from execution.plan import find_operation, fragments_of
from execution.too_costly import too_costly
from resolvers.root import api

SCHEMA = api._schema
LINES = "lines { description total { amount } product { name } }"
SIZED = "query($n: Int) { products(first: $n) { nodes { id } } }"
BOTH = "query($f: Int, $l: Int) { products(first: $f, last: $l) { nodes { id } } }"
SKIPPED = """query($out: Boolean!, $in: Boolean! = true) {
  products @skip(if: $out) { nodes { id } }
  invoices @include(if: $in) { nodes { id lines @skip(if: $out) { quantity } } } }"""
TWICE = """query($a: Boolean!, $b: Boolean!) {
  viewer { ip }
  products @include(if: $a) { nodes { id } }
  products @include(if: $b) { edges { node { id } } } }"""


def cost_of(text):
    document = parse(text)
    assert validate(SCHEMA, document) == []
    return compile_cost(SCHEMA, fragments_of(document), find_operation(document, None))


FIXED = {
    "an object": ("{ viewer { ip } }", 1),
    "what is part of an object": ("{ viewer { ip organization { name } } }", 1),
    "a page without a size": ("{ products { nodes { id } } }", 21),
    "a page": ("{ products(first: 7) { nodes { id price { amount } } } }", 8),
    "a page from the end": ("{ products(last: 7) { nodes { id } } }", 8),
    "no page": ("{ products(first: 0) { nodes { id } } }", 1),
    "null is no size": ("{ products(first: null) { nodes { id } } }", 21),
    "null beside a size": ("{ products(first: null, last: 3) { nodes { id } } }", 4),
    "the larger of two": ("{ products(first: 3, last: 9) { nodes { id } } }", 10),
    "more than a page has": ("{ products(first: 123456789) { nodes { id } } }", 101),
    "less than nothing": ("{ products(first: -100000) { nodes { id } } }", 1),
    "edges": ("{ products(first: 7) { edges { cursor node { id } } } }", 8),
    "edges and nodes": ("{ products(first: 7) { nodes { id } edges { node { id } } } }", 15),
    "page information": ("{ products(first: 7) { pageInfo { hasNextPage } } }", 1),
    "a count": ("{ products(first: 7) { totalCount } }", 11),
    "two counts": ("{ notifications(first: 7) { totalCount unreadCount } }", 21),
    "a list below": (f"{{ invoices(first: 2) {{ nodes {{ {LINES} }} }} }}", 45),
    "a list at the root": ("{ scopes { name } }", 11),
    "nested fields": (
        "{ webhookDeliveries(first: 10) { nodes { payload attempts { number } webhook { id } } } }",
        141,
    ),
    "a list of plain values": ("{ viewer { scopes } }", 1),
    "the dearest type": (
        '{ node(id: "a") { id ... on Product { name } ... on Invoice { lines { quantity } } } }',
        12,
    ),
    "a union": ("{ viewer { caller { ... on ApiKey { ipRules { cidr } } } } }", 11),
    "one key is one field": (
        "{ products { nodes { id } } ...F } fragment F on Query { products { nodes { sku } } }",
        21,
    ),
    "an alias is another field": ("{ products { nodes { id } } b: products { nodes { id } } }", 42),
    "left out for good": ("{ viewer { ip } products @skip(if: true) { nodes { id } } }", 1),
    "a mutation": ('mutation { deleteProduct(input: {id: "a"}) { deletedProductId } }', 10),
    "what a mutation shows": (
        'mutation { deleteApiKey(input: {id: "a"}) { apiKey { ipRules { cidr } } } }',
        20,
    ),
    "a subscription": ("subscription { notificationAdded { id subject { id } } }", 11),
    "introspection": ('{ __schema { types { name } } __type(name: "A") { name } }', 0),
    "a name of a type": ("{ __typename }", 0),
}
BY_VARIABLES = [
    (SIZED, {"n": 7}, 8),
    (SIZED, {}, 21),
    (SIZED, {"n": None}, 21),
    (SIZED, {"n": 0}, 1),
    (SIZED, {"n": -1}, 1),
    (SIZED, {"n": 10**30}, 101),
    (SIZED, {"n": "7"}, 101),
    (SIZED, {"n": 7.0}, 101),
    (SIZED, {"n": True}, 101),
    (SIZED, {"n": [7]}, 101),
    (SIZED.replace("Int", "Int = 3"), {}, 4),
    (SIZED.replace("Int", "Int = 3"), {"n": 5}, 6),
    (SIZED.replace("Int", "Int = 3"), {"n": None}, 21),
    (SIZED.replace("Int", "Int = null"), {}, 21),
    (BOTH, {"f": 3}, 4),
    (BOTH, {"f": None, "l": 5}, 6),
    (BOTH, {"f": 3, "l": 5}, 6),
    (BOTH, {}, 21),
    (SIZED.replace("nodes", "totalCount nodes"), {"n": 7}, 18),
    (SKIPPED, {"out": True}, 21),
    (SKIPPED, {"out": False}, 21 + 21 + 20 * 11),
    (SKIPPED, {"out": False, "in": False}, 21),
    (SKIPPED, {"out": True, "in": False}, 0),
    (SKIPPED, {"out": "true", "in": 1}, 21 + 21 + 20 * 11),
    (TWICE, {"a": False, "b": False}, 1),
    (TWICE, {"a": True, "b": False}, 22),
    (TWICE, {"a": True, "b": True}, 42),
]
DEAR = (
    "query($n: Int) { products(first: 50) { nodes { id } } invoices(first: $n) { nodes { %s } } }"
)
REFUSED = [
    (
        DEAR % (f"{LINES} a: {LINES} b: {LINES}"),
        {"n": 100},
        (
            "The operation costs 6452, 6401 of it for invoices; at most 5000 fit."
            " With first: 77 in its place it would."
        ),
        {"limit": "cost", "field": "invoices", "found": 6452, "most": 5000, "first": 77},
    ),
    (
        "{ "
        + " ".join(f"p{n}: products(first: 100) {{ nodes {{ id }} }}" for n in range(50))
        + "}",
        {},
        (
            "The operation costs 5050, 5050 of it for products; at most 5000 fit."
            " With first: 99 in its place it would."
        ),
        {"limit": "cost", "field": "products", "found": 5050, "most": 5000, "first": 99},
    ),
    (
        "{ "
        + " ".join(
            f'n{n}: node(id: "a") {{ ... on Invoice {{ a: {LINES} b: {LINES} c: {LINES} }} }}'
            for n in range(90)
        )
        + "}",
        {},
        "The operation costs 5760, 5760 of it for node; at most 5000 fit. Ask for less at once.",
        {"limit": "cost", "field": "node", "found": 5760, "most": 5000},
    ),
]


@pytest.mark.parametrize(("text", "cost"), FIXED.values(), ids=FIXED)
def test_without_variables_the_cost_is_a_number(text, cost):
    found = cost_of(text)

    assert (found.amount, found.of({})) == (cost, cost)


@pytest.mark.parametrize(("text", "variables", "cost"), BY_VARIABLES)
def test_variables_count_as_they_came_and_upward(text, variables, cost):
    assert cost_of(text).of(variables) == cost


@pytest.mark.parametrize(
    ("text", "introspects"),
    [("{ __typename }", False), ("{ ... { __schema { description } } }", True)],
)
def test_it_is_known_who_reads_the_schema(text, introspects):
    assert cost_of(text).introspects is introspects


@pytest.mark.parametrize(("text", "variables", "message", "details"), REFUSED)
def test_a_refusal_names_the_dearest_field_and_what_would_fit(text, variables, message, details):
    cost = cost_of(text)
    refused = too_costly(cost, variables)

    assert (str(refused), refused.details) == (message, details)


def test_the_size_that_is_told_fits_and_the_next_one_does_not():
    cost = cost_of(DEAR % (f"{LINES} a: {LINES} b: {LINES}"))

    assert [cost.of({"n": n}) for n in (77, 78)] == [4980, 5044]
    assert MOST_COST == 5000


def test_a_page_of_a_hundred_invoices_with_lines_and_products_fits_twice():
    page = f"invoices(first: 100) {{ nodes {{ number total {{ amount }} {LINES} }} }}"

    assert cost_of(f"{{ {page} }}").of({}) == 2201
    assert cost_of(f"{{ a: {page} b: {page} }}").of({}) == 4402
