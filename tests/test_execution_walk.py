"""Plans against execution, over random operations and over some that are made to explode."""

from random import Random

import pytest
from graphql import parse, validate
from hypothesis import given, settings
from hypothesis import strategies as st

from db.scope import Scope
from execution import walk
from execution.walk import MOST_DEMANDS, MOST_STEPS
from tests.guarded import IDS, SCHEMA, planned
from tests.operations import Writer
from tests.spy import Spy, scopes

JUNK = (None, "true", 0, 1.5, [True], "prod_1")
seeds = st.integers(0, 2**64)


def often(examples):
    return settings(max_examples=examples, deadline=None, derandomize=True)


def written(seed):
    operation = Writer(SCHEMA, Random(seed), IDS).operation()
    return parse(operation.text, no_location=True), operation.variables


def given_up(document, operation=None):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(walk, "MOST_STEPS", -1)
        plan = planned(document, operation)
    assert not plan.exact
    return plan


@often(40)
@given(seeds)
def test_random_operations_are_valid_and_run_without_errors(seed):
    document, variables = written(seed)
    spy = Spy()

    assert validate(SCHEMA, document) == []
    spy.run(document, variables, "Run")
    assert spy.result.errors is None


@often(500)
@given(seeds)
def test_plan_demands_exactly_what_is_executed(seed):
    document, variables = written(seed)
    plan = planned(document, "Run")

    assert plan.exact
    assert plan.required(variables) == Spy().run(document, variables, "Run")
    missing = [need.scope for need in plan.missing(frozenset(), variables)]
    assert missing == [scope for scope in Scope if scope in plan.required(variables)]


@often(60)
@given(seeds)
def test_no_variables_make_a_plan_demand_less_than_is_executed(seed):
    document, variables = written(seed)
    random = Random(seed)
    spoiled = {
        name: random.choice([value, *JUNK])
        for name, value in variables.items()
        if random.random() < 0.9
    }

    assert Spy().run(document, spoiled, "Run") <= planned(document, "Run").required(spoiled)


@often(60)
@given(seeds)
def test_a_walk_that_gives_up_demands_no_less_than_is_executed(seed):
    document, variables = written(seed)
    plan = given_up(document, "Run")

    assert Spy().run(document, variables, "Run") <= plan.required(variables)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("{ products @include(if: false) { id } }", ""),
        ("query ($x: Boolean!) { products @skip(if: $x) { id } }", "products.read"),
        ("query ($id: ID!) { node(id: $id) { id } }", "webhooks.read"),
        (
            (
                "{ member { ...F } } fragment F on Member { notices { ...G } } "
                "fragment G on Notice { text }"
            ),
            "api_keys.update",
        ),
        # A fragment is read once, from all types that it fits.
        (
            "{ titled { ... on Product { ...F } } } fragment F on Titled { title }",
            "api_keys.create",
        ),
        ("{ titled { ... on Product { ...F } } } fragment F on Invoice { title }", ""),
        (
            (
                "{ titled { maker { ...F } } notice { subject { ...F } } } "
                "fragment F on Node { ... on Product { secret } }"
            ),
            "products.delete webhooks_queue.read",
        ),
    ],
)
def test_a_walk_that_gives_up_takes_conditions_as_met(text, names):
    document = parse(text)

    assert given_up(document).required({"x": True, "id": "prod_1"}) == scopes(names)


def nested(levels, innermost):
    return "{ about " * levels + innermost + " }" * levels


@pytest.mark.parametrize(
    ("innermost", "names"), [("__typename", ""), ("about { __typename }", "products.update")]
)
def test_conditions_that_multiply_are_given_up_after_a_number_of_steps(innermost, names):
    levels = 30
    variables = " ".join(f"$a{level}: Boolean! $b{level}: Boolean!" for level in range(levels))
    fragments = [
        f"fragment F{level} on Titled "
        f"{{ ...F{level + 1} @include(if: $a{level}) ...F{level + 1} @skip(if: $b{level}) }}"
        for level in range(levels)
    ]
    last = f"fragment F{levels} on Titled {{ {innermost} }}"
    document = parse("\n".join([f"query ({variables}) {{ titled {{ ...F0 }} }}", *fragments, last]))
    plan = planned(document)

    assert validate(SCHEMA, document) == []
    assert not plan.exact
    # The document has 64 selections, and a field takes a step more for each of its parent's types.
    assert plan.steps <= MOST_STEPS + 70
    assert plan.required({}) == scopes(names)
    assert plan.required({f"a{level}": False for level in range(levels)}) == scopes(names)


@pytest.mark.parametrize(("demands", "exact"), [(MOST_DEMANDS, True), (MOST_DEMANDS + 2, False)])
def test_a_scope_that_hangs_on_too_many_conditions_is_demanded_always(demands, exact):
    variables = " ".join(f"$x{number}: Boolean! = false" for number in range(demands))
    fields = " ".join(f"secret @include(if: $x{number})" for number in range(demands))
    plan = planned(parse(f"query ({variables}) {{ titled {{ ... on Product {{ {fields} }} }} }}"))

    assert plan.exact is exact
    assert plan.required({}) == (frozenset() if exact else scopes("products.delete"))
    assert plan.required({"x7": True}) == scopes("products.delete")


def test_nesting_is_as_deep_as_the_parser_takes_it():
    document = parse(f"{{ titled {nested(190, '{ title }')} }}")

    assert validate(SCHEMA, document) == []
    assert planned(document).required({}) == scopes("products.update api_keys.create")


def test_fragments_nest_without_recursion():
    count = 30
    fragments = [
        f"fragment F{number} on Titled {nested(100, f'{{ ...F{number + 1} }}')}"
        for number in range(count)
    ]
    last = f"fragment F{count} on Titled {{ title }}"
    document = parse("\n".join(["{ titled { ...F0 } }", *fragments, last]))

    assert planned(document).required({}) == scopes("products.update api_keys.create")
