"""Having the schema shown costs as much as is shown, however it is asked for."""

import pytest
from graphql import build_schema, get_introspection_query, graphql_sync, parse, validate

from execution import introspected
from execution.cost import MOST_COST, compile_cost
from execution.introspected import BEYOND, FIELDS_EACH
from execution.plan import find_operation, fragments_of
from resolvers.root import api

SCHEMA = api._schema
OLD = build_schema('type Query { new: Int, old: Int @deprecated(reason: "It is.") }')
TYPES = "{ __schema { types { fields { %s } } } }"
FEWER = """query($a: Boolean!) { __schema { types {
  ...F @include(if: $a) fields { name ... @skip(if: $a) { description } }
  enumValues @skip(if: true) { name } } } }
fragment F on __Type { inputFields { type { name } } kind }"""
ASKED = {
    "all of it": get_introspection_query(),
    "one type": '{ __type(name: "Product") { name fields { name type { kind } } } }',
    "a type that isn't there": '{ __type(name: "Nothing") { name fields { name } } }',
    "names of types": '{ __type(name: "Node") { __typename a: __typename interfaces { name } } }',
    "aliases": TYPES % " ".join(f"a{number}: name" for number in range(20)),
    "one key is one field": TYPES % "name name type { name } type { kind }",
    "two at the root": "{ __typename a: __schema { types { name } } __schema { types { kind } } }",
    "fragments": "{ __schema { types { ...F ... { name } } } } fragment F on __Type { ...G name }"
    " fragment G on __Type { fields { name } ... on __Type { inputFields { name } } }",
}
MANY = " ".join(f"a{n}: fields {{ name args {{ name type {{ name }} }} }}" for n in range(90))
NINE = " ".join(f"b{n}: fields {{ name }}" for n in range(9))
BOMBS = {
    "aliases": f"{{ __schema {{ types {{ {MANY} }} }} }}",
    "aliases of aliases": "{ __schema { "
    + " ".join(f"a{n}: types {{ {NINE} }}" for n in range(9))
    + " } }",
    "names alone": "{ __schema { "
    + " ".join(f"a{n}: types {{ fields {{ name description }} }}" for n in range(99))
    + " } }",
}


def cost_of(text, schema=SCHEMA):
    document = parse(text)
    assert validate(schema, document) == []
    return compile_cost(schema, fragments_of(document), find_operation(document, None))


def fields_in(shown):
    if isinstance(shown, dict):
        return sum(1 + fields_in(inner) for inner in shown.values())
    return sum(map(fields_in, shown)) if isinstance(shown, list) else 0


def fields_of(text, schema=SCHEMA, **variables):
    """How many fields there are in the answer below those at the root."""
    data = graphql_sync(schema, text, variable_values=variables).data
    return [fields_in(root) for root in data.values()]


@pytest.mark.parametrize("text", ASKED.values(), ids=ASKED)
def test_it_is_counted_what_is_shown(text):
    counted = cost_of(text).of({})

    assert counted == sum(-(-fields // FIELDS_EACH) for fields in fields_of(text))


def test_what_hangs_on_variables_counts_and_what_is_left_out_for_good_does_not():
    [most] = fields_of(FEWER.replace("@skip(if: $a)", ""), a=True)

    assert cost_of(FEWER).of({"a": True}) == cost_of(FEWER).of({"a": False})
    assert cost_of(FEWER).of({}) == -(-most // FIELDS_EACH)


def test_what_is_left_out_at_the_root_costs_nothing():
    text = "query($a: Boolean!) { __schema @skip(if: $a) { types { name } } }"

    assert cost_of(text).of({"a": True}) == 0
    assert cost_of(text).of({"a": False}) > 0


def test_what_is_deprecated_counts():
    text = '{ __type(name: "Query") { fields { name type { name } isDeprecated } } }'

    # The list, and for each of two fields three and the name of its type.
    assert cost_of(text, OLD).of({}) == -(-(1 + 2 * 4) // FIELDS_EACH)


def test_of_a_type_that_a_variable_names_the_dearest_counts():
    text = "query($n: String!) { __type(name: $n) { fields { name type { name } } } }"
    most = max(fields for name in SCHEMA.type_map for fields in fields_of(text, n=name))

    assert cost_of(text).of({"n": "Int"}) == -(-most // FIELDS_EACH)


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
async def test_what_would_take_seconds_is_refused(house, text):
    answer = await house.ask(await house.key(), text)

    assert (answer.status, answer.codes) == (400, ["QUERY_TOO_COMPLEX"])
    assert answer.error["extensions"]["found"] > MOST_COST
    assert (answer.error["extensions"]["limit"], "__schema" in str(answer.error)) == ("cost", True)


def test_so_much_is_looked_at_in_all_of_an_operation(monkeypatch):
    text = "{ a: __schema { types { name kind } } b: __schema { types { name kind } } }"
    places = 1 + len(SCHEMA.type_map)
    monkeypatch.setattr(introspected, "MOST_LOOKED_AT", 2 * places)
    assert cost_of(text).of({}) < BEYOND

    # One of the two would fit.
    monkeypatch.setattr(introspected, "MOST_LOOKED_AT", places + 1)
    assert cost_of(text).of({}) > BEYOND // FIELDS_EACH


def test_what_was_counted_at_one_place_is_known_at_another(monkeypatch):
    text = "{ a: __schema { ...F } b: __schema { ...F } } fragment F on __Schema { types { name } }"
    monkeypatch.setattr(introspected, "MOST_LOOKED_AT", 2 + len(SCHEMA.type_map))

    assert cost_of(text).of({}) == sum(-(-fields // FIELDS_EACH) for fields in fields_of(text))


async def test_it_is_paid_for(closed_house):
    house = await closed_house.open()
    headers = {"Tollhouse-Cost": "1"}

    answer = await house.ask(await house.key(), get_introspection_query(), headers)

    assert answer.status == 200
    assert answer.body["extensions"]["cost"]["requested"] == cost_of(get_introspection_query()).of(
        {}
    )
