"""Long lists in less memory: the same values, in the same order, whatever they are."""

import sys
from dataclasses import dataclass
from types import SimpleNamespace

import graphql
import orjson
import pytest
import strawberry
from graphql import GraphQLBoolean, GraphQLInt, parse

from execution.compiled import columns, shapes
from execution.compiled.columns import PIECE, mapped
from execution.compiled.fields import Fields
from execution.compiled.late import show_late
from execution.compiled.packed import Packed, packed, part_of
from execution.compiled.selections import leaf_of
from tests.compared import compiled

SOME = slice(1, 3)


@dataclass
class Piece:
    name: str = "Tea"
    size: int | None = 7
    fresh: bool | None = True


@strawberry.type
class Shown:
    name: str
    size: int | None
    fresh: bool | None


@strawberry.type
class Query:
    @strawberry.field(graphql_type=list[list[Shown]])
    def boxes(self, info: strawberry.Info) -> object:
        return info.context


SCHEMA = strawberry.Schema(Query)._schema
QUERY = "{ boxes { name size fresh } }"


def test_truth_values_are_what_they_were():
    kept = packed([True, False, True])

    assert isinstance(kept, Packed)
    assert part_of(kept, SOME) == [False, True]
    assert [type(value) for value in part_of(kept, SOME)] == [bool, bool]


def test_where_one_is_null_the_column_stays_as_it_is():
    column = [True, None, False]
    assert packed(column) is column
    assert part_of(column, SOME) == [None, False]


@pytest.mark.parametrize("odd", [{}, {"size": None}, {"fresh": None}])
async def test_each_list_has_its_own_values(odd, monkeypatch):
    monkeypatch.setattr(shapes, "LATE_FROM", 2)
    monkeypatch.setattr(columns, "PIECE", 2)
    boxes = [[Piece("a", 1), Piece("b", 2, fresh=False)], [], [Piece(**odd), Piece("d", 4)]]

    ours = await compiled(QUERY, schema=SCHEMA).start({}, boxes).execute()
    theirs = graphql.execute(SCHEMA, parse(QUERY), context_value=boxes)
    assert ours.errors is theirs.errors is None
    assert orjson.dumps(ours.data, show_late) == orjson.dumps(theirs.data)


def test_a_column_takes_no_more_memory_than_its_values():
    values = list(range(10 * PIECE))

    column = mapped(str, values)
    assert column == [str(value) for value in values]
    assert sys.getsizeof(column) == sys.getsizeof(values.copy())


def test_truth_values_are_made_before_others():
    leaves = (GraphQLInt, GraphQLBoolean, GraphQLInt)
    fields = [SimpleNamespace(shape=leaf_of(leaf, required=True)) for leaf in leaves]

    ordered = Fields.small_first.func(SimpleNamespace(fields=fields))
    assert [place for place, _ in ordered] == [1, 0, 2]


def test_only_truth_values_are_packed():
    column = [True, False]
    for leaf, packs in ((GraphQLBoolean, True), (GraphQLInt, False)):
        shape = leaf_of(leaf, required=True)
        assert shape.packs is isinstance(shape.packed(column), Packed) is packs
