"""What an operation costs, known from its text and its variables."""

import pytest
from graphql import is_object_type, parse, validate

from execution.cost import MOST_COST, compile_cost
from execution.plan import find_operation, fragments_of
from execution.too_costly import too_costly
from execution.weight import AGAIN, LISTS, is_list, most_items, shown
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
    "an object": ("{ viewer { ip } }", 10),
    "what is part of an object": ("{ viewer { ip organization { name } } }", 10),
    "a page without a size": ("{ products { nodes { id } } }", 30),
    "a page": ("{ products(first: 7) { nodes { id price { amount } } } }", 17),
    "a page from the end": ("{ products(last: 7) { nodes { id } } }", 17),
    "no page": ("{ products(first: 0) { nodes { id } } }", 10),
    "null is no size": ("{ products(first: null) { nodes { id } } }", 30),
    "null beside a size": ("{ products(first: null, last: 3) { nodes { id } } }", 13),
    "the larger of two": ("{ products(first: 3, last: 9) { nodes { id } } }", 19),
    "more than a page has": ("{ products(first: 123456789) { nodes { id } } }", 110),
    "less than nothing": ("{ products(first: -100000) { nodes { id } } }", 10),
    "edges": ("{ products(first: 7) { edges { cursor node { id } } } }", 17),
    "edges and nodes": ("{ products(first: 7) { nodes { id } edges { node { id } } } }", 24),
    "page information": ("{ products(first: 7) { pageInfo { hasNextPage } } }", 10),
    "a count": ("{ products(first: 7) { totalCount } }", 60),
    "two counts": ("{ notifications(first: 7) { totalCount unreadCount } }", 110),
    "a list below": (f"{{ invoices(first: 2) {{ nodes {{ {LINES} }} }} }}", 414),
    "a list at the root": ("{ scopes { name } }", 30),
    "nested fields": (
        "{ webhookDeliveries(first: 10) { nodes { payload attempts { number } webhook { id } } } }",
        290,
    ),
    "a list of plain values": ("{ viewer { scopes } }", 10),
    "the dearest type": (
        '{ node(id: "a") { id ... on Product { name } ... on Invoice { lines { quantity } } } }',
        111,
    ),
    "a union": ("{ viewer { caller { ... on ApiKey { ipRules { cidr } } } } }", 210),
    "one key is one field": (
        "{ products { nodes { id } } ...F } fragment F on Query { products { nodes { sku } } }",
        30,
    ),
    "an alias is another field": ("{ products { nodes { id } } b: products { nodes { id } } }", 60),
    "a plain field under other names": (
        "{ products(first: 7) { nodes { name a: name b: name name sku } } }",
        17 + 7 * 2 * AGAIN,
    ),
    "below what is part of an object": (
        "{ products(first: 7) { nodes { price { amount a: amount currency } } } }",
        17 + 7 * AGAIN,
    ),
    "an object under another name": (
        "{ products(first: 7) { nodes { price { amount } a: price { amount } } } }",
        17 + 7 * AGAIN,
    ),
    "the node of an edge under other names": (
        "{ products(first: 7) { edges { node { id } a: node { id } b: node { id } } } }",
        17 + 7 * 2 * AGAIN,
    ),
    "the nodes of a page under another name": (
        "{ products(first: 7) { nodes { id } a: nodes { id } } }",
        17 + AGAIN + 7 * (1 + AGAIN),
    ),
    "what is found under another name": (
        "{ invoices(first: 7) { nodes { lines { quantity } a: lines { quantity } } } }",
        17 + 7 * 2 * (1 + 100),
    ),
    "left out for good": ("{ viewer { ip } products @skip(if: true) { nodes { id } } }", 10),
    "a mutation": ('mutation { deleteProduct(input: {id: "a"}) { deletedProductId } }', 50),
    "what a mutation shows": (
        'mutation { deleteApiKey(input: {id: "a"}) { apiKey { ipRules { cidr } } } }',
        250,
    ),
    "a subscription": ("subscription { notificationAdded { id subject { id } } }", 51),
    "introspection": ('{ __type(name: "A") { name } __schema { queryType { name } } }', 1),
    "a name of a type": ("{ __typename }", 0),
}
BY_VARIABLES = [
    (SIZED, {"n": 7}, 17),
    (SIZED, {}, 30),
    (SIZED, {"n": None}, 30),
    (SIZED, {"n": 0}, 10),
    (SIZED, {"n": -1}, 10),
    (SIZED, {"n": 10**30}, 110),
    (SIZED, {"n": "7"}, 110),
    (SIZED, {"n": 7.0}, 110),
    (SIZED, {"n": True}, 110),
    (SIZED, {"n": [7]}, 110),
    (SIZED.replace("Int", "Int = 3"), {}, 13),
    (SIZED.replace("Int", "Int = 3"), {"n": 5}, 15),
    (SIZED.replace("Int", "Int = 3"), {"n": None}, 30),
    (SIZED.replace("Int", "Int = null"), {}, 30),
    (BOTH, {"f": 3}, 13),
    (BOTH, {"f": None, "l": 5}, 15),
    (BOTH, {"f": 3, "l": 5}, 15),
    (BOTH, {}, 30),
    (SIZED.replace("nodes", "totalCount nodes"), {"n": 7}, 67),
    (SKIPPED, {"out": True}, 30),
    (SKIPPED, {"out": False}, 2080),
    (SKIPPED, {"out": False, "in": False}, 30),
    (SKIPPED, {"out": True, "in": False}, 0),
    (SKIPPED, {"out": "true", "in": 1}, 2080),
    (TWICE, {"a": False, "b": False}, 10),
    (TWICE, {"a": True, "b": False}, 40),
    (TWICE, {"a": True, "b": True}, 60),
]
WHOLE = "totalCount nodes { id } edges { node { id } }"
DEAR = (
    "query($n: Int) { products(first: 50) { nodes { id } } invoices(first: $n) { nodes { %s } } }"
)
REFUSED = [
    (
        DEAR % (f"{LINES} a: {LINES} b: {LINES}"),
        {"n": 100},
        (
            "The operation costs 60470, 60410 of it for invoices; at most 25000 fit."
            " With first: 41 in its place it would."
        ),
        {"limit": "cost", "field": "invoices", "found": 60470, "most": 25000, "first": 41},
    ),
    (
        "{ " + " ".join(f"p{n}: products(first: 100) {{ {WHOLE} }}" for n in range(100)) + "}",
        {},
        (
            "The operation costs 26000, 26000 of it for products; at most 25000 fit."
            " With first: 95 in its place it would."
        ),
        {"limit": "cost", "field": "products", "found": 26000, "most": 25000, "first": 95},
    ),
    (
        "{ "
        + " ".join(
            f'n{n}: node(id: "a") {{ ... on Invoice {{ a: {LINES} b: {LINES} c: {LINES} }} }}'
            for n in range(90)
        )
        + "}",
        {},
        "The operation costs 55170, 55170 of it for node; at most 25000 fit. Ask for less at once.",
        {"limit": "cost", "field": "node", "found": 55170, "most": 25000},
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

    assert [cost.of({"n": n}) for n in (41, 42)] == [24834, 25438]
    assert MOST_COST == 25_000


def test_a_page_of_a_hundred_invoices_with_lines_and_products_fits():
    page = f"{{ invoices(first: 100) {{ nodes {{ number total {{ amount }} {LINES} }} }} }}"

    assert cost_of(page).of({}) == 20_210


def lists_without_pages():
    """Every field of an object that shows a list of objects which no argument bounds."""
    for type_ in SCHEMA.type_map.values():
        is_shown = is_object_type(type_) and not type_.name.startswith("__")
        for name, field in type_.fields.items() if is_shown else ():
            is_of_page = name in {"nodes", "edges"} and type_.name.endswith("Connection")
            if is_list(field) and is_object_type(shown(field)) and not is_of_page:
                yield f"{type_.name}.{name}"


def test_of_every_list_it_is_known_how_many_items_it_may_have():
    assert set(lists_without_pages()) == set(LISTS)
    assert {most_items(name) for name in LISTS} == {6, 20, 24, 100, 200}


def test_a_list_of_which_nothing_is_known_counts_as_the_largest_page():
    assert most_items("Product.reviews") == 100


@pytest.mark.parametrize(
    ("text", "begins", "event"),
    [
        ("subscription { notificationAdded { id } }", 50, 10),
        ("subscription { notificationAdded { id subject { id } } }", 51, 11),
        ("subscription { webhookDeliveryUpdated { attempts { number } } }", 75, 35),
    ],
)
def test_an_event_costs_what_a_query_for_it_would(text, begins, event):
    cost = cost_of(text)

    assert (cost.of({}), cost.of_event({})) == (begins, event)
