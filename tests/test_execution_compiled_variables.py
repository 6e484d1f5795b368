"""Variables as a program reads them: just as graphql-core does, whatever is sent."""

from random import Random

import pytest
from graphql import (
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLString,
    build_schema,
    parse,
)
from graphql.execution.values import VariableValues, get_variable_values

from execution.compiled import variables
from execution.compiled.sent import Unusual, reader
from execution.compiled.variables import Variables
from resolvers.root import api
from tests.inputs import Inputs

SCHEMA = build_schema("""
    enum Color { RED GREEN }
    input Leaf { id: ID!, name: String = "oak", size: Int, colors: [Color!] = [RED], wide: Float }
    input Tree { leaves: [Leaf!]!, best: Leaf, rows: [[Int]] }
    input Endless { id: ID, next: Endless }
    input One @oneOf { id: ID, name: String }
    type Query { all(tree: Tree, endless: [Endless], one: One, leaf: Leaf, id: ID, ids: [ID!],
        size: Int, color: Color, yes: Boolean): String }
""")
LEAF = {"id": "a", "size": 1}
SENT = [
    ("$tree: Tree", {}),
    ("$tree: Tree", {"tree": None}),
    ("$tree: Tree!", {}),
    ("$tree: Tree!", {"tree": None}),
    ("$tree: Tree!", {"tree": {"leaves": [LEAF, {**LEAF, "name": None, "colors": ["GREEN"]}]}}),
    ("$tree: Tree!", {"tree": {"leaves": [], "best": LEAF, "rows": [[1, None], None]}}),
    ("$tree: Tree!", {"tree": {"leaves": LEAF}}),
    ("$tree: Tree!", {"tree": {"leaves": [None]}}),
    ("$tree: Tree!", {"tree": {"leaves": None}}),
    ("$tree: Tree!", {"tree": {}}),
    ("$tree: Tree!", {"tree": []}),
    ("$tree: Tree!", {"tree": "text"}),
    ("$tree: Tree!", {"tree": {"leaves": [], "other": 1}}),
    ("$leaf: Leaf", {"leaf": {"id": 7}}),
    ("$leaf: Leaf", {"leaf": {"id": "a", "size": True}}),
    ("$leaf: Leaf", {"leaf": {"id": "a", "size": 2.0}}),
    ("$leaf: Leaf", {"leaf": {"id": "a", "size": 2**31}}),
    ("$leaf: Leaf", {"leaf": {"id": "a", "colors": ["BLUE"]}}),
    ("$leaf: Leaf", {"leaf": {"id": "a", "colors": [None]}}),
    ("$leaf: Leaf", {"leaf": {"id": "a", "wide": 2}}),
    ("$leaf: Leaf", {"leaf": {"id": None}}),
    ('$leaf: Leaf = {id: "b"}', {}),
    ('$leaf: Leaf = {id: "b"}', {"leaf": None}),
    ("$endless: [Endless]", {"endless": [{"next": {"id": "a"}}]}),
    ("$one: One", {"one": {"id": "a"}}),
    ("$one: One", {"one": {"id": "a", "name": "b"}}),
    ("$size: Int = 3", {}),
    ("$size: Int = 3", {"size": None}),
    ("$size: Int = 3, $id: ID!", {"id": "a", "unknown": 1}),
    ("$size: Int = 3, $id: ID!", {"size": "4"}),
    ("$color: Color, $yes: Boolean", {"color": "RED", "yes": False}),
    ("$color: Color! = GREEN, $yes: Boolean", {"yes": 0}),
    ("$ids: [ID!]", {"ids": ["a", "b"]}),
    ("$ids: [ID!]", {"ids": "a"}),
    ("$ids: Query", {"ids": "a"}),
]


def definitions(declared):
    return parse(f"query ({declared}) {{ __typename }}").definitions[0].variable_definitions


def known(values):
    """The values, and which of them were sent; None where they are refused."""
    if not isinstance(values, VariableValues):
        return None
    return values.coerced, {name: source.value for name, source in values.sources.items()}


@pytest.mark.parametrize(("declared", "given"), SENT)
def test_they_are_as_graphql_core_reads_them(declared, given):
    own = definitions(declared)
    ours = Variables(SCHEMA, own)

    expected = known(get_variable_values(SCHEMA, own, given))
    assert [known(ours.values(given)) for _ in range(2)] == [expected, expected]


def test_so_they_are_for_every_input_of_the_schema():
    schema, random = api._schema, Random(30)
    inputs = Inputs(random, ("a", 7))
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLInputObjectType):
            continue
        own = definitions(f"$value: {type_.name}")
        for _ in range(20):
            given = {"value": inputs.value(type_)}
            ours = known(Variables(schema, own).values(given))
            assert ours == known(get_variable_values(schema, own, given)), (type_.name, given)


def test_what_is_usual_needs_no_graphql_core(monkeypatch):
    monkeypatch.delattr(variables, "get_variable_values")
    ours = Variables(SCHEMA, definitions("$tree: Tree!, $size: Int = 3, $ids: [ID!]"))

    values = ours.values({"tree": {"leaves": [LEAF]}})

    leaf = {"id": "a", "name": "oak", "size": 1, "colors": ["RED"]}
    assert values.coerced == {"tree": {"leaves": [leaf]}, "size": 3}


def test_inputs_with_names_or_types_of_their_own_are_left_to_graphql_core():
    named = GraphQLInputObjectType("Named", {"a": GraphQLInputField(GraphQLString, out_name="b")})
    typed = GraphQLInputObjectType(
        "Typed", {"a": GraphQLInputField(GraphQLString)}, out_type=lambda value: value["a"]
    )
    for type_ in (named, typed):
        with pytest.raises(Unusual):
            reader(type_)


def test_of_many_faults_one_is_looked_for():
    schema, looked = build_schema("scalar Odd type Query { all(odd: [Odd]): Int }"), []

    def refuse(value):
        looked.append(value)
        raise ValueError

    schema.type_map["Odd"].coerce_input_value = refuse
    query = parse("query($odd: [Odd]) { all(odd: $odd) }")
    odd = Variables(schema, query.definitions[0].variable_definitions)

    assert odd.values({"odd": list(range(1_000))}) is None
    assert 0 < len(looked) < 10
