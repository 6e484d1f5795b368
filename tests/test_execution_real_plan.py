"""Plans of the real schema against what graphql-core executes, over random operations."""

from random import Random

import pytest
from graphql import parse, print_schema, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from execution.guard_rules import GuardRules
from execution.plan import compile_plan, find_operation
from resolvers.root import api
from tests.guarded import lavish_schema
from tests.operations import Writer
from tests.spy import Spy, scopes

RULES = GuardRules()
IDS = ("prod_1", "inv_1", "key_1", "org_1", "mem_1", "other_1", "")
EVERYTHING = """query ($id: ID!) {
  node(id: $id) { ... on Invoice { lines { product { id } } } }
  products { totalCount } invoices { nodes { lines { product { name } } } } apiKeys { totalCount }
}"""


def spied_schema():
    """The real schema, all objects in lists; its fields keep the marks of their guards."""
    real = api._schema
    schema = lavish_schema(print_schema(real))
    for type_ in real.type_map.values():
        if not type_.name.startswith("__"):
            for name, field in getattr(type_, "fields", {}).items():
                schema.type_map[type_.name].fields[name].extensions = field.extensions
    return schema


SCHEMA = spied_schema()


def planned_and_executed(document, variables, name=None):
    plan = compile_plan(SCHEMA, document, find_operation(document, name), RULES)
    return plan.required(variables), Spy(SCHEMA, RULES).run(document, variables, name)


@settings(max_examples=200)
@given(st.integers(0, 2**64))
def test_a_plan_demands_exactly_what_is_executed(seed):
    operation = Writer(SCHEMA, Random(seed), IDS).operation()
    document = parse(operation.text, no_location=True)
    planned, executed = planned_and_executed(document, operation.variables, "Run")
    assert planned == executed


def test_random_operations_are_valid_and_touch_every_scope_that_the_schema_has():
    touched = set()
    for seed in range(80):
        operation = Writer(SCHEMA, Random(seed), IDS).operation()
        document = parse(operation.text, no_location=True)
        assert validate(SCHEMA, document) == []
        touched |= Spy(SCHEMA, RULES).run(document, operation.variables, "Run")

    assert touched == {
        scope
        for type_ in SCHEMA.type_map.values()
        for field in getattr(type_, "fields", {}).values()
        if (scope := RULES.scope_of(field))
    }


@pytest.mark.parametrize(
    ("id", "names"),
    [
        ("inv_1", "products.read invoices.read api_keys.read"),
        ("mem_1", "products.read invoices.read api_keys.read"),
    ],
)
def test_lists_and_what_they_lead_to_are_planned(id, names):
    planned, executed = planned_and_executed(parse(EVERYTHING), {"id": id})

    assert planned == executed == scopes(names)
