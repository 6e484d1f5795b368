"""Queries of one field, most of which is settled before a request: the same as graphql-core's."""

from types import SimpleNamespace
from typing import NamedTuple

import graphql
import pytest
import strawberry
from strawberry.permission import BasePermission, PermissionExtension

from execution.compiled import fields
from execution.compiled.fields import MOST_MISSES, PAUSE
from execution.compiled.late import LATE_FROM
from execution.compiled.plain import never
from schema.later import Later
from tests.compared import Ran, by_core, compiled, difference


@strawberry.type
class Leaf:
    name: str
    weight: int | None


@strawberry.type
class Tree:
    name: str
    leaf: Leaf | None
    leaves: list[Leaf]


class Watched(BasePermission):
    message = "closed"

    def has_permission(self, source, info, **kwargs):
        info.context.said.append("guard")
        return info.context.is_open


GUARD = [PermissionExtension([Watched()], use_directives=False)]


@strawberry.type
class Query:
    @strawberry.field(graphql_type=Tree | None, extensions=GUARD)
    async def tree(self, info: strawberry.Info) -> object:
        return _given(info)

    @strawberry.field(graphql_type=list[Leaf], extensions=GUARD)
    async def leaves(self, info: strawberry.Info) -> object:
        return _given(info)

    @strawberry.field(extensions=GUARD)
    async def named(self, info: strawberry.Info, name: str) -> str:
        return f"{name} for {_given(info)}"


def _given(info):
    info.context.said.append("resolver")
    if isinstance(info.context.value, Exception):
        raise info.context.value
    return info.context.value


class Sheet(NamedTuple):
    name: object
    weight: object = 3


def plant(name="Oak", leaf=None, leaves=()):
    return SimpleNamespace(name=name, leaf=leaf, leaves=list(leaves))


SCHEMA = strawberry.Schema(Query)._schema
TREE = "{ oak: tree { kind: __typename name leaf { name weight } leaves { name } } }"
NAME = "{ tree { name } }"
LEAVES = "{ leaves { name weight } }"
NAMED = "query($name: String!) { named(name: $name) }"


async def alike(value, text=TREE, program=None, *, is_open=True, **variables):
    """The answer, which is the same both ways, of which each asked the guard once, and before."""
    document = graphql.parse(text)
    said = ["guard", "resolver"] if is_open else ["guard"]
    ours, theirs = [SimpleNamespace(value=value, said=[], is_open=is_open) for _ in range(2)]
    program = program or compiled(document, schema=SCHEMA)
    answer = await program.start(variables, ours).execute()
    expected = await by_core(document, variables, theirs, None, SCHEMA)
    assert difference(Ran(answer, None), Ran(expected, None), later=True) is None
    assert (ours.said, theirs.said) == (said, said)
    return answer


@pytest.fixture
def singly(monkeypatch):
    """The kinds of objects whose single rows a function made."""
    kinds = []
    real = fields.single_maker_of

    def watched(selected, kind):
        maker = real(selected, kind)

        def make(value):
            row = maker(value)
            kinds.append(kind)
            return row

        return maker if maker is never else make

    monkeypatch.setattr(fields, "single_maker_of", watched)
    return kinds


async def test_what_is_plain_is_made_singly_once_its_kind_is_known(singly):
    program = compiled(TREE, schema=SCHEMA)
    value = plant(leaf=Sheet("one"), leaves=[Sheet("two"), Sheet("three", None)])
    answers = [await alike(value, TREE, program) for _ in range(3)]

    assert [answer.errors for answer in answers] == [None] * 3
    assert answers[0].data == answers[2].data
    assert singly == [Sheet, SimpleNamespace] * 2


@pytest.mark.parametrize(
    "value",
    [
        None,
        ValueError("wilted"),
        plant(name=None),
        plant(name=ValueError("wilted")),
        plant(leaf=Sheet(None)),
        plant(leaf=Sheet("one", 2**31)),
        plant(leaf=ValueError("wilted")),
        plant(leaves=[None]),
        plant(leaves=[Sheet("one"), plant("two")]),
        7,
    ],
    ids=range(10),
)
async def test_what_is_null_or_wrong_is_left_to_a_run(value):
    program = compiled(TREE, schema=SCHEMA)
    known = plant(leaf=Sheet("one"), leaves=[Sheet("two")])
    for given in (value, known, known, value):
        await alike(given, TREE, program)


@pytest.mark.parametrize(
    "value",
    [[], [Sheet("one")], (Sheet("one"), Sheet("two")), {1: Sheet("one")}.values(), None, 7],
    ids=range(6),
)
async def test_lists_are_whatever_can_be_listed(value):
    program = compiled(LEAVES, schema=SCHEMA)
    for given in (value, [Sheet("one")], value):
        await alike(given, LEAVES, program)


async def test_long_lists_are_left_to_a_run():
    answer = await alike([Sheet(str(number)) for number in range(LATE_FROM)], LEAVES)
    assert answer.errors is None


async def test_what_must_be_awaited_again_and_again_is_not_tried_for_a_while(singly):
    async def begin():
        return "Yew"

    program, later, known = compiled(NAME, schema=SCHEMA), plant(Later(begin)), plant()
    # The kind is found to be known first, and what is known has the count begin anew.
    for value in (known, *[later] * (MOST_MISSES - 1), known, *[later] * (MOST_MISSES - 1), known):
        assert (await alike(value, NAME, program)).errors is None
    assert singly == [SimpleNamespace] * 2

    for value in (*[later] * MOST_MISSES, *[known] * PAUSE):
        assert (await alike(value, NAME, program)).errors is None
    assert singly == [SimpleNamespace] * 2

    # One that has to be awaited is enough for another pause, and one that hasn't for none.
    for value in (later, *[known] * (PAUSE + 1), *[later] * (MOST_MISSES - 1), known):
        assert (await alike(value, NAME, program)).errors is None
    assert singly == [SimpleNamespace] * 4


async def test_who_is_not_let_in_reaches_no_resolver():
    program = compiled(NAME, schema=SCHEMA)
    for is_open in (True, True, False, True, False):
        answer = await alike(plant(), NAME, program, is_open=is_open)
        assert bool(answer.errors) is not is_open


async def test_arguments_are_those_of_each_request():
    program = compiled(NAMED, schema=SCHEMA)
    for name in ("Ann", "Bo"):
        answer = await alike("tea", NAMED, program, name=name)
        assert answer.data == {"named": f"{name} for tea"}


async def test_what_finds_no_room_is_compiled_for_each_request():
    program = compiled(NAME, schema=SCHEMA)
    program._room.left = 0
    for _ in range(2):
        assert (await alike(plant(), NAME, program)).errors is None
    assert program._variant(()).single is None
