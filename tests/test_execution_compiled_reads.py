"""What a resolver is told about the attributes that are read of its rows."""

from types import SimpleNamespace
from typing import NamedTuple

import graphql
import pytest
import strawberry

from execution.compiled.program import Program
from execution.compiled.room import Room
from execution.plan import find_operation, fragments_of
from schema.direct import reads_of
from schema.guards import public
from schema.node import Node

CALLER = SimpleNamespace(must_be_at_an_allowed_address=lambda: None)
ROW = SimpleNamespace(NOUN="Tea", typeid="tea_1", name="Assam", weight=100)


@strawberry.type
class Tea(Node):
    name: str
    weight: int

    @strawberry.field
    def worth(self) -> int:
        return 7


@strawberry.type
class Edge:
    cursor: str
    node: Tea


@strawberry.type
class Page:
    nodes: list[Tea]
    edges: list[Edge]
    things: list[Node] = strawberry.field(name="nodesOfAnyType")
    count: int


@strawberry.type
class AnyPage:
    nodes: list[Node]


class Rows(NamedTuple):
    nodes: list
    edges: list
    things: list
    count: int


@strawberry.type
class Query:
    @public(Page)
    async def page(self, info: strawberry.Info) -> Rows:
        info.context.told.append(reads_of(info))
        return Rows([ROW], [SimpleNamespace(cursor="c", node=ROW)], [ROW], 1)

    @public(AnyPage)
    async def any_page(self, info: strawberry.Info) -> Rows:
        info.context.told.append(reads_of(info))
        return Rows([ROW], [], [], 1)

    @public(Node)
    async def thing(self, info: strawberry.Info) -> SimpleNamespace:
        info.context.told.append(reads_of(info))
        return ROW

    @public(list[str])
    async def words(self, info: strawberry.Info) -> list[str]:
        info.context.told.append(reads_of(info))
        return ["Assam"]


SCHEMA = strawberry.Schema(Query)._schema


async def told(text):
    """What the resolver was told in the first request and in a later one, which are the same."""
    document = graphql.parse(text)
    assert graphql.validate(SCHEMA, document) == []
    operation = find_operation(document, None)
    program = Program(SCHEMA, fragments_of(document), operation, Room(len(text)))
    context = SimpleNamespace(caller=CALLER, told=[])
    for _ in range(2):
        result = await program.start({}, context).execute()
        assert result.errors is None
    first, later = context.told
    assert first == later
    return first


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("{ page { nodes { id name } } }", {"typeid", "name"}),
        ("{ page { nodes { __typename } } }", set()),
        ("{ page { count } }", set()),
        ("{ page { nodes { name } also: nodes { w: weight } } }", {"name", "weight"}),
        ("{ page { edges { cursor node { weight } } count } }", {"weight"}),
        ("{ page { nodes { ... on Node { id } ... on Tea { name } } } }", {"typeid", "name"}),
        ("{ page { nodes { name worth } } }", None),
        ("{ page { nodes { name } edges { node { worth } } } }", None),
        ("{ page { nodes { name } nodesOfAnyType { id } } }", None),
        ("{ anyPage { nodes { id } } }", None),
        ("{ thing { id } }", None),
        ("{ words }", None),
    ],
)
async def test_resolvers_are_told_what_is_read(text, reads):
    assert await told(text) == reads
