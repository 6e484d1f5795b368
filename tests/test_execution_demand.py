"""Ids and named types demand the scope of what they lead to."""

import pytest
from graphql import build_schema, parse

from db.scope import Scope
from execution.plan import compile_plan, find_operation
from tests.guarded import DirectiveRules
from tests.spy import planned_and_executed, scopes

IDS = {
    "id": ('{ node(id: "inv_1") { id } }', {}, "webhooks.create"),
    "block string": ('{ node(id: """\n  inv_1\n""") { id } }', {}, "webhooks.create"),
    "number": ("{ node(id: 7) { id } }", {}, "webhooks.delete"),
    "unknown prefix": ('{ node(id: "what_1") { id } }', {}, ""),
    "two ids": (
        '{ node(id: "inv_1") { id } other: node(id: "prod_1") { id } }',
        {},
        "webhooks.create webhooks.read",
    ),
    "id skipped": ('{ node(id: "inv_1") @skip(if: true) { id } }', {}, ""),
    "id in a variable": (
        "query ($id: ID!) { node(id: $id) { id } }",
        {"id": "prod_1"},
        "webhooks.read",
    ),
    "number in a variable": (
        "query ($id: ID!) { node(id: $id) { id } }",
        {"id": 7},
        "webhooks.delete",
    ),
    "fraction of nothing": (
        "query ($id: ID!) { node(id: $id) { id } }",
        {"id": 7.0},
        "webhooks.delete",
    ),
    "default id": ('query ($id: ID = "inv_1") { node(id: $id) { id } }', {}, "webhooks.create"),
    "default number": ("query ($id: ID! = 7) { node(id: $id) { id } }", {}, "webhooks.delete"),
    "default id overruled": (
        'query ($id: ID = "inv_1") { node(id: $id) { id } }',
        {"id": "prod_1"},
        "webhooks.read",
    ),
    "scope and id": (
        'mutation { touch(id: "inv_1") { id } }',
        {},
        "notifications.read webhooks.create",
    ),
}
NAMED_TYPES = {
    "subject": ("{ notice { subject { id __typename } } }", {}, ""),
    "subject's interface": ("{ notice { subject { ... on Node { id } } } }", {}, ""),
    "a type": (
        "{ notice { subject { ... on Product { id } } } }",
        {},
        "webhooks_queue.read",
    ),
    "two types": (
        (
            "{ notice { subject { ...F ... on Node { ... on Notice { id } } } } } "
            "fragment F on Node { ... on Product { id } }"
        ),
        {},
        "webhooks_queue.read notifications_settings.update",
    ),
    "another interface": (
        "{ notice { subject { ... on Titled { __typename } } } }",
        {},
        "webhooks_queue.read webhooks_queue.update",
    ),
    "a type without a scope": (
        "{ member { notices { things { ... on Member { __typename } } } } }",
        {},
        "api_keys.delete",
    ),
    "a type skipped": (
        "{ notice { subject { ... on Product @skip(if: true) { id } } } }",
        {},
        "",
    ),
    "a type that a variable excludes": (
        "query ($x: Boolean!) { notice { subject { ... on Product @include(if: $x) { id } } } }",
        {"x": False},
        "",
    ),
    "a type that a variable includes": (
        "query ($x: Boolean!) { notice { subject { ... on Product @include(if: $x) { id } } } }",
        {"x": True},
        "webhooks_queue.read",
    ),
    "types below the type": (
        "{ notice { subject { ... on Product { maker { ... on Invoice { id } } } } } }",
        {},
        "webhooks_queue.read",
    ),
    "the same fragment, followed and not": (
        (
            "{ titled { maker { ...F } } notice { subject { ...F } } } "
            "fragment F on Node { ... on Product { id } }"
        ),
        {},
        "webhooks_queue.read",
    ),
}
CASES = IDS | NAMED_TYPES
BY_ID = "query ($id: ID!) { node(id: $id) { id } }"
BY_ID_OR_DEFAULT = 'query ($id: ID = "inv_1") { node(id: $id) { id } }'
UNCOERCIBLE = [
    (BY_ID, {}),
    (BY_ID, {"id": None}),
    (BY_ID, {"id": True}),
    (BY_ID, {"id": ["prod_1"]}),
    (BY_ID, {"id": 7.5}),
    (BY_ID_OR_DEFAULT, {"id": None}),
]


@pytest.mark.parametrize(("text", "variables", "names"), CASES.values(), ids=CASES)
def test_plan_demands_what_is_executed(text, variables, names):
    assert planned_and_executed(text, variables) == (scopes(names), scopes(names))


@pytest.mark.parametrize(("text", "variables"), UNCOERCIBLE)
def test_an_id_that_coercion_will_refuse_leads_nowhere(text, variables):
    assert planned_and_executed(text, variables) == (frozenset(), frozenset())


@pytest.mark.parametrize("argument", ["ID", 'ID! = "prod_1"', "[ID!]!"])
def test_an_id_that_decides_must_be_given(argument):
    schema = build_schema(
        f"directive @byId on FIELD_DEFINITION type Query {{ node(id: {argument}): Int @byId }}"
    )
    document = parse('{ node(id: "prod_1") }')
    operation = find_operation(document, None)
    rules = DirectiveRules({"prod": Scope.PRODUCTS_READ}, {})
    with pytest.raises(AssertionError, match="an id that decides is of type ID! and is given"):
        compile_plan(schema, document, operation, rules)
