"""Arguments that are variables are read as graphql-core works them out."""

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLError,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    build_schema,
    parse,
)
from graphql.execution.values import get_argument_values, get_variable_values

from execution.compiled.arguments import fixed, parts_of, read

SCHEMA = build_schema("""
  scalar Any
  input Filter { name: String, size: Int = 3, names: [String], within: Within, any: Any }
  input Within { sure: Int!, sure_usual: Int! = 7, side: Side = LEFT, within: Within, many: [Int] }
  input Usually { many: [Int!] = [1] }
  input Only @oneOf { size: Int, name: String }
  enum Side { LEFT, RIGHT }
  type Query {
    field(
      free: Int, usual: Int = 20, sure: Int!, sure_usual: Int! = 7, side: Side = LEFT,
      many: [Int!], filter: Filter, filled: Filter = {name: "x"}, filters: [Filter], only: Only,
      any: Any, usually: Usually
    ): Int
  }
""")
FIELD = SCHEMA.query_type.fields["field"]
GIVEN = "$free: Int, $usual: Int, $sure: Int! = 1, $many: [Int!], $filter: Filter, $side: Side"


def both(arguments, given=GIVEN, /, **variables):
    """What is read of the arguments, and what graphql-core makes of them."""
    operation = parse(f"query ({given}) {{ field({arguments}) }}").definitions[0]
    node = operation.selection_set.selections[0]
    values = get_variable_values(SCHEMA, operation.variable_definitions, variables)
    parts = parts_of(FIELD, node)
    ours = None if parts is None else read(parts, values.coerced)
    return ours, lambda: get_argument_values(FIELD, node, values)


@pytest.mark.parametrize(
    "arguments",
    [
        "free: $free, sure: $sure",
        "sure: $sure, free: $free, usual: $usual, filled: null",
        "sure: 5, usual: $usual, filled: null, side: $side",
        "sure: 5, sure_usual: $sure, filled: null, many: $many, filter: $filter",
        "sure: $sure, side: RIGHT, filled: null, free: 4",
        "sure: $sure, filled: $filter",
    ],
)
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"free": 1, "usual": 2, "sure": 3, "side": "RIGHT"},
        {"free": None, "usual": None, "side": None},
        {"many": [1, 2], "filter": {"name": "a"}},
        {"filter": {}, "many": []},
        {"filter": None, "many": None},
    ],
)
def test_they_are_the_same_in_the_same_order(arguments, variables):
    ours, theirs = both(arguments, **variables)

    if ours is not None:
        assert list(ours.items()) == list(theirs().items())
    # A default that a resolver could change is graphql-core's to make.
    assert (ours is None) == ("filled: null" not in arguments)


def test_a_value_that_is_lacking_is_left_to_graphql_core():
    ours, theirs = both("sure: $free, filled: null", "$free: Int = 1", free=None)
    assert ours is None
    with pytest.raises(Exception, match="not to be None"):
        theirs()

    ours, theirs = both("sure: $free, filled: null", "$free: Int!", free=8)
    assert ours == theirs()


@pytest.mark.parametrize(
    "arguments",
    [
        "sure: 1, many: [$free], filled: null",
        "sure: $sure, filter: {names: [$name]}, filled: null",
        "sure: 1, filters: {size: $free}, filled: null",
        "sure: 1, filter: {within: {sure: 1, many: [1]}}, filled: null",
        "sure: 1, only: {size: $free}, filled: null",
        "sure: 1, any: {size: $free}, filled: null",
        "sure: 1, filter: {any: {a: 1}}, filled: null",
        "sure: 1, filter: {any: [$free]}, filled: null",
        "sure: 1, usually: {}, filled: null",
    ],
)
def test_what_is_more_than_objects_is_left_to_graphql_core(arguments):
    ours, theirs = both(arguments, "$free: Int = 2, $sure: Int! = 1, $name: String")
    assert ours is None
    assert theirs()["sure"] == 1


@pytest.mark.parametrize(
    "filter",
    [
        "{}",
        '{name: "a"}',
        "{size: $free}",
        "{size: $sure, name: $name}",
        "{name: null, within: null}",
        "{within: {sure: $sure, side: $side}}",
        "{within: {sure: 4, within: {sure: $free, side: RIGHT}}}",
        "{within: {sure: $free}, any: 7}",
        "{within: {side: LEFT}}",
        "{within: $within, any: $free}",
        "{within: {sure: 1, sure_usual: $free}}",
        "{within: {sure: 1, sure_usual: $sure}}",
        "{within: {sure: null}}",
        '{size: "four"}',
        "{nothing: 1}",
    ],
)
@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"free": 5, "name": "b", "side": "RIGHT", "within": {"sure": 9}},
        {"free": None, "name": None, "side": None, "within": None},
        {"free": 5},
    ],
)
def test_objects_are_made_anew_as_graphql_core_makes_them(filter, variables):
    given = "$free: Int, $sure: Int! = 1, $name: String, $side: Side, $within: Within"
    ours, theirs = both(f"sure: 1, filled: null, filter: {filter}", given, **variables)
    try:
        expected = theirs()
    except GraphQLError:
        # It is found again, and told, by graphql-core.
        assert ours is None
    else:
        assert ours == expected
        assert list(ours["filter"]) == list(expected["filter"])


def test_members_have_the_names_that_resolvers_know():
    within = GraphQLInputObjectType(
        "In", {"aB": GraphQLInputField(GraphQLInt, out_name="a_b", default_value=3)}
    )
    made = GraphQLInputObjectType("Made", {"a": GraphQLInputField(GraphQLInt)}, out_type=tuple)
    taken = {"in": GraphQLArgument(within, out_name="in_"), "made": GraphQLArgument(made)}
    field = GraphQLField(GraphQLInt, taken)

    def parts(arguments):
        return parts_of(
            field, parse(f"{{ field({arguments}) }}").definitions[0].selection_set.selections[0]
        )

    assert read(parts("in: {aB: 4}"), {}) == {"in_": {"a_b": 4}}
    assert read(parts("in: {}"), {}) == {"in_": {"a_b": 3}}
    assert parts("made: {a: 1}") is None
    assert fixed(parts("in: {}")) is None


def test_what_is_wrong_in_itself_is_left_to_graphql_core():
    ours, theirs = both('sure: "no", free: $free, filled: null', free=2)
    assert ours is None
    with pytest.raises(Exception, match="Int cannot represent"):
        theirs()


def test_what_is_read_is_not_shared():
    operation = parse("query ($free: Int) { field(sure: 1, free: $free, filled: null) }")
    parts = parts_of(FIELD, operation.definitions[0].selection_set.selections[0])

    first, second = read(parts, {"free": 1}), read(parts, {"free": 1})
    assert (
        first
        == second
        == {"free": 1, "usual": 20, "sure": 1, "sure_usual": 7, "side": "LEFT", "filled": None}
    )
    assert first is not second
