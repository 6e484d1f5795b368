"""A plan tells from the variables what @skip and @include leave to be executed."""

import pytest
from graphql import parse

from tests.guarded import planned
from tests.spy import planned_and_executed, scopes

BOTH = "products.read products.delete"
CASES = {
    "include false": ("{ products @include(if: false) { id } }", {}, ""),
    "include true": ("{ products @include(if: true) { id } }", {}, "products.read"),
    "skip true": ("{ products @skip(if: true) { id } }", {}, ""),
    "skip false": ("{ products @skip(if: false) { id } }", {}, "products.read"),
    "skip wins": ("{ products @include(if: true) @skip(if: true) { id } }", {}, ""),
    "include loses": ("{ products @include(if: false) @skip(if: false) { id } }", {}, ""),
    "on an inline fragment": ("{ ... @skip(if: true) { products { id } } }", {}, ""),
    "variable that excludes": (
        "query ($x: Boolean!) { products { id secret @include(if: $x) } }",
        {"x": False},
        "products.read",
    ),
    "variable that includes": (
        "query ($x: Boolean!) { products { id secret @include(if: $x) } }",
        {"x": True},
        BOTH,
    ),
    "variable that skips": (
        "query ($x: Boolean!) { products { id secret @skip(if: $x) } }",
        {"x": True},
        "products.read",
    ),
    "default": ("query ($x: Boolean! = false) { products @include(if: $x) { id } }", {}, ""),
    "default overruled": (
        "query ($x: Boolean! = false) { products @include(if: $x) { id } }",
        {"x": True},
        "products.read",
    ),
    "default of a nullable one": (
        "query ($x: Boolean = true) { products @skip(if: $x) { id } }",
        {},
        "",
    ),
    "nullable one given": (
        "query ($x: Boolean = true) { products @skip(if: $x) { id } }",
        {"x": False},
        "products.read",
    ),
    "both of two on one field": (
        "query ($x: Boolean!, $y: Boolean!) { products @include(if: $x) @skip(if: $y) { id } }",
        {"x": True, "y": False},
        "products.read",
    ),
    "the second of two on one field": (
        "query ($x: Boolean!, $y: Boolean!) { products @include(if: $x) @skip(if: $y) { id } }",
        {"x": True, "y": True},
        "",
    ),
    "the first of two on one field": (
        "query ($x: Boolean!, $y: Boolean!) { products @include(if: $x) @skip(if: $y) { id } }",
        {"x": False, "y": False},
        "",
    ),
    "the same one twice": (
        "query ($x: Boolean!) { ... @include(if: $x) { products @include(if: $x) { id } } }",
        {"x": True},
        "products.read",
    ),
    "never both": (
        "query ($x: Boolean!) { ... @include(if: $x) { products @skip(if: $x) { id } } }",
        {"x": True},
        "",
    ),
    "one of two fragments": (
        (
            "query ($x: Boolean!) { products { ...F @include(if: $x) ...G @skip(if: $x) } } "
            "fragment F on Product { secret } fragment G on Product { about { id } }"
        ),
        {"x": True},
        BOTH,
    ),
    "one of two conditions": (
        (
            "query ($x: Boolean!, $y: Boolean!) { products "
            "{ ...F @include(if: $x) ...F @skip(if: $y) } } fragment F on Product { secret }"
        ),
        {"x": False, "y": False},
        BOTH,
    ),
    "none of two conditions": (
        (
            "query ($x: Boolean!, $y: Boolean!) { products "
            "{ ...F @include(if: $x) ...F @skip(if: $y) } } fragment F on Product { secret }"
        ),
        {"x": False, "y": True},
        "products.read",
    ),
}
INCLUDED = "query ($x: Boolean!) { products @include(if: $x) { id } }"
SKIPPED = "query ($x: Boolean!) { products @skip(if: $x) { id } }"
DEFAULTED = "query ($x: Boolean = false) { products @include(if: $x) { id } }"
UNCOERCIBLE = [
    (INCLUDED, {}),
    (INCLUDED, {"x": None}),
    (INCLUDED, {"x": "false"}),
    (INCLUDED, {"x": 0}),
    (INCLUDED, {"x": [False]}),
    (SKIPPED, {}),
    (SKIPPED, {"x": "true"}),
    (SKIPPED, {"x": 1}),
    (DEFAULTED, {"x": None}),
]


@pytest.mark.parametrize(("text", "variables", "names"), CASES.values(), ids=CASES)
def test_plan_demands_what_is_executed(text, variables, names):
    assert planned_and_executed(text, variables) == (scopes(names), scopes(names))


@pytest.mark.parametrize(("text", "variables"), UNCOERCIBLE)
def test_a_condition_that_coercion_will_refuse_counts_as_met(text, variables):
    assert planned_and_executed(text, variables) == (scopes("products.read"), frozenset())


def test_one_plan_serves_all_variables():
    plan = planned(parse(INCLUDED))

    assert [plan.required({"x": x}) for x in (True, False, True)] == [
        scopes("products.read"),
        frozenset(),
        scopes("products.read"),
    ]
