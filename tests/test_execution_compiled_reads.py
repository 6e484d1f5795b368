"""What a resolver is told about the attributes that are read of its rows."""

from types import SimpleNamespace
from typing import NamedTuple

import graphql
import pytest
import strawberry

from db.widths import ROWS_ALONE
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
class Info:
    more: bool


@strawberry.type
class Page:
    nodes: list[Tea]
    edges: list[Edge]
    things: list[Node] = strawberry.field(name="nodesOfAnyType")
    count: int
    page_info: Info


@strawberry.type
class AnyPage:
    nodes: list[Node]


class Rows(NamedTuple):
    nodes: list
    edges: list
    things: list
    count: int
    page_info: Info = Info(more=False)


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


async def told(text, /, **variables):
    """What the resolver was told in the first request and in a later one, which are the same."""
    document = graphql.parse(text)
    assert graphql.validate(SCHEMA, document) == []
    operation = find_operation(document, None)
    program = Program(SCHEMA, fragments_of(document), operation, Room(len(text)))
    context = SimpleNamespace(caller=CALLER, told=[])
    for _ in range(2):
        result = await program.start(variables, context).execute()
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
        ("{ page { nodes { name } pageInfo { more } } }", {"name"}),
        (
            "{ page { nodes { name } ...and } } fragment and on Page { p: pageInfo { more } }",
            {"name"},
        ),
        ("{ page { pageInfo { __typename } } }", set()),
    ],
)
async def test_resolvers_are_told_what_is_read(text, reads):
    alone = () if "pageInfo" in text else {ROWS_ALONE}
    assert await told(text) == (reads if reads is None else reads.union(alone))


@pytest.mark.parametrize(("shown", "alone"), [(True, False), (False, True)])
async def test_what_is_asked_on_a_condition_is_told_by_it(shown, alone):
    text = "query ($s: Boolean!) { page { nodes { name } pageInfo @include(if: $s) { more } } }"
    assert (ROWS_ALONE in await told(text, s=shown)) is alone
