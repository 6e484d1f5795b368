"""A plan demands exactly what execution would touch, and says which field needs it."""

import pytest
from graphql import GraphQLError, OperationType, execute, parse

from db.scope import Scope
from execution.plan import Need, compile_plan, find_operation
from tests.guarded import RULES, SCHEMA, planned
from tests.spy import planned_and_executed, scopes

BOTH = "products.read products.delete"
FIELDS = {
    "nothing guarded": ("{ member { __typename } }", {}, ""),
    "introspection": (
        '{ __typename __schema { types { name } } __type(name: "X") { name } }',
        {},
        "",
    ),
    "root field": ("{ products { title } }", {}, "products.read"),
    "alias": ("{ invoices: products { title: id } }", {}, "products.read"),
    "guarded field below": ("{ products { title: secret } }", {}, BOTH),
    "object of another resource": (
        "{ products { invoices { id } } }",
        {},
        "products.read invoices.create",
    ),
    "two deep": (
        "{ member { notices { things { ... on Invoice { product { secret } } } } } }",
        {},
        "api_keys.delete products.create products.delete webhooks_queue.update",
    ),
    "merged fields": ("{ products { id } products { secret } }", {}, BOTH),
    "one of merged fields skipped": (
        "{ products { id } products @skip(if: true) { secret } }",
        {},
        "products.read",
    ),
    "mutation": (
        "mutation { createProduct { secret } }",
        {},
        "notifications.update products.delete",
    ),
}
FRAGMENTS = {
    "inline fragment": ("{ ... { ... on Query { products { id } } } }", {}, "products.read"),
    "fragment": ("{ ...F } fragment F on Query { products { id } }", {}, "products.read"),
    "fragment in fragment": (
        "{ products { ...F } } fragment F on Node { ...G } fragment G on Product { secret }",
        {},
        BOTH,
    ),
    "fragment at a second place": (
        (
            "{ products { ...F } titled { ...F } } "
            "fragment F on Titled { title ... on Invoice { product { id } } }"
        ),
        {},
        "products.read api_keys.create products.create",
    ),
    "skipped first, included then": (
        "{ ...F @skip(if: true) ...F } fragment F on Query { products { id } }",
        {},
        "products.read",
    ),
}
# What runs is the field of the runtime type, and nothing where no type fits.
TYPES = {
    "interface field": ("{ titled { title } }", {}, "api_keys.create"),
    "narrowed to the unguarded": ("{ titled { ... on Product { title } } }", {}, ""),
    "interface in a union": (
        "{ thing { ... on Titled { title } } }",
        {},
        "webhooks.update api_keys.create",
    ),
    "types that exclude one another": (
        "{ titled { ... on Invoice { ... on Titled { ... on Product { secret } } } } }",
        {},
        "",
    ),
    "fragments that exclude one another": (
        "{ titled { ... on Invoice { ...F } } } fragment F on Titled { ... on Product { secret } }",
        {},
        "",
    ),
    "types that two implementations lead to": (
        "{ titled { about { ... on Invoice { title } ... on Product { secret } } } }",
        {},
        "products.update products.delete api_keys.create",
    ),
    "narrower type that excludes": (
        "{ titled { ... on Invoice { a: maker { ... on Node { ... on Product { secret } } } } } }",
        {},
        "",
    ),
}
CASES = FIELDS | FRAGMENTS | TYPES
GUARDED = """query ($x: Boolean!) {
  products { secret id @include(if: $x) }
  ... @include(if: $x) { invoices { id } }
  again: invoices { id product { ...F } }
}
fragment F on Product {
  secret
}
"""
TWO = "query One { products { id } } mutation Two { createProduct { secret } }"


@pytest.mark.parametrize(("text", "variables", "names"), CASES.values(), ids=CASES)
def test_plan_demands_what_is_executed(text, variables, names):
    assert planned_and_executed(text, variables) == (scopes(names), scopes(names))


def test_a_subscription_demands_the_scope_of_its_field():
    plan = planned(parse("subscription { noticed { text } }"))

    assert plan.required({}) == scopes("notifications_settings.read api_keys.update")
    assert plan.operation.operation is OperationType.SUBSCRIPTION


def test_missing_scopes_name_the_first_field_that_needs_them():
    plan = planned(parse(GUARDED))

    found = [
        (need.scope.value, need.coordinate, need.location)
        for need in plan.missing(frozenset(), {"x": False})
    ]

    assert found == [
        ("invoices.read", "Query.invoices", (4, 3)),
        ("products.create", "Invoice.product", (4, 24)),
        ("products.read", "Query.products", (2, 3)),
        ("products.delete", "Product.secret", (2, 14)),
    ]


def test_a_field_that_is_included_by_a_variable_is_named_before_later_ones():
    [need] = planned(parse(GUARDED)).missing(frozenset(Scope) - {Scope.INVOICES_READ}, {"x": True})

    assert need.location == (3, 26)


def test_no_scope_that_is_held_is_missing():
    plan = planned(parse(GUARDED))

    assert plan.missing(plan.required({"x": False}), {"x": False}) == []
    assert plan.missing(frozenset(Scope), {"x": True}) == []


def test_a_need_of_a_document_without_locations_has_none():
    document = parse("{ products { id } }", no_location=True)

    [need] = planned(document).missing(frozenset(), {})

    assert need == Need(Scope.PRODUCTS_READ, "Query.products", need.node)
    assert need.location is None


def test_only_the_operation_that_runs_counts():
    document = parse(TWO)
    one, two = planned(document, "One"), planned(document, "Two")

    assert one.required({}) == scopes("products.read")
    assert two.required({}) == scopes("notifications.update products.delete")
    assert [one.is_mutation, two.is_mutation] == [False, True]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (TWO, None),
        (TWO, "Three"),
        (TWO, ""),
        ("{ __typename }", "One"),
        ("fragment F on Node { id }", None),
    ],
)
def test_an_operation_that_is_not_found_is_refused_as_execution_refuses_it(text, name):
    document = parse(text)
    with pytest.raises(GraphQLError) as refused:
        find_operation(document, name)

    assert execute(SCHEMA, document, operation_name=name).errors == [refused.value]


def test_the_operation_is_found_by_its_name_or_alone():
    document = parse(TWO)

    assert find_operation(document, "Two") is document.definitions[1]
    alone = parse("fragment F on Node { id } query { products { ...F } }")
    assert find_operation(alone, None) is alone.definitions[1]


def test_fragments_with_variables_are_refused():
    document = parse(
        "{ ...F(x: true) } fragment F($x: Boolean!) on Query { products @include(if: $x) { id } }",
        experimental_fragment_arguments=True,
    )
    with pytest.raises(GraphQLError, match="Fragments can't declare variables here") as refused:
        compile_plan(SCHEMA, document, find_operation(document, None), RULES)

    assert refused.value.nodes == [document.definitions[1]]
