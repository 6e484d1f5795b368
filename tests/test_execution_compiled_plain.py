"""Rows that a generated function makes: the same as graphql-core's, or left to a run."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import NamedTuple

import graphql
import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from db.money import Money as Amount
from execution.compiled import fields
from execution.compiled.fields import MOST_MISSES, PAUSE
from execution.compiled.late import LATE_FROM
from execution.compiled.plain import is_stored, never
from schema.guards import public
from schema.later import Later
from schema.money import Money
from schema.scalars import SCALARS
from tests.compared import Ran, by_core, compiled, difference

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


@strawberry.type
class Leaf:
    name: str
    note: str | None
    weight: int


@strawberry.type
class Tree:
    name: str
    price: Money
    bid: Money | None
    planted: datetime
    leaves: list[Leaf]
    rare: list[Leaf | None] | None

    @strawberry.field
    def shade(self) -> str:
        return f"below {self.name}"


@strawberry.type
class Query:
    @public(list[Tree])
    async def trees(self, info: strawberry.Info) -> object:
        return info.context.trees

    @public(str)
    async def where(self, info: strawberry.Info) -> str:
        return f"{info.path.typename}.{info.field_name} of {info.return_type.__name__}"


class Sheet(NamedTuple):
    name: object
    note: object = None
    weight: object = 3


@dataclass
class Plant:
    name: object = "Oak"
    price: object = Amount(Decimal("19.90"), "EUR")  # a tuple
    bid: object = None
    planted: object = NOW
    leaves: object = ()
    rare: object = None


class Slotted:
    __slots__ = ("name",)


class Making(Plant):
    """Makes a value anew each time, as a property may."""

    STEADY = frozenset({"leaves"})

    @property
    def name(self):
        return "Ash"

    @name.setter
    def name(self, value): ...


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))._schema
TREES = """{ trees { kind: __typename name price { amount currency } bid { amount }
  planted leaves { name note weight } rare { name } } }"""
NAMES = "{ trees { name leaves { name } } }"


def caller():
    return SimpleNamespace(must_be_at_an_allowed_address=lambda: None)


@pytest.fixture
def made(monkeypatch):
    """The kinds of objects whose rows a function made."""
    kinds = []
    real = fields.maker_of

    def watched(selected, kind):
        maker = real(selected, kind)

        def make(objects, *resolved):
            rows = maker(objects, *resolved)
            kinds.append(kind)
            return rows

        return maker if maker is never else make

    monkeypatch.setattr(fields, "maker_of", watched)
    return kinds


async def alike(trees, text=TREES, program=None):
    """The answer, which is the same both ways."""
    document = graphql.parse(text)
    context = SimpleNamespace(caller=caller(), trees=trees)
    program = program or compiled(document, schema=SCHEMA)
    ours = await program.start({}, context).execute()
    theirs = await by_core(document, {}, context, None, SCHEMA)
    assert difference(Ran(ours, None), Ran(theirs, None), later=True) is None
    return ours


async def test_what_is_plain_is_made_by_functions(made):
    leaves = [Sheet("one"), Sheet("two", "torn")]
    answer = await alike([Plant(leaves=leaves, rare=[None, leaves[0]]), Plant(leaves=[])])

    assert answer.errors is None
    assert made == [Amount, Sheet, Sheet, Plant]
    assert answer.data["trees"][0]["price"] == {"amount": "19.90", "currency": "EUR"}


async def test_where_nothing_is_selected_rows_are_empty():
    text = "{ trees { name @skip(if: true) } }"
    assert (await alike([Plant(), Plant()], text)).data == {"trees": [{}, {}]}


@pytest.mark.parametrize(
    "plant",
    [
        Plant(name=None),
        Plant(name=ValueError("wilted")),
        Plant(leaves=[Sheet(None)]),
        Plant(leaves=[Sheet("one", weight=2**31)]),
        Plant(leaves=[None]),
        Plant(leaves={"one": 1}),
        Plant(leaves=7),
        Plant(price=Amount(None, "EUR")),
        Plant(price=Amount(object(), "EUR")),
        Plant(rare=[ValueError("wilted")]),
    ],
)
async def test_what_is_wrong_is_left_to_a_run(plant):
    answer = await alike([Plant(), plant])
    assert answer.errors


async def test_rows_are_made_around_what_a_resolver_gives(made):
    answer = await alike([Plant(), Plant(name="Elm")], "{ trees { shade name } }")
    assert [list(tree.items()) for tree in answer.data["trees"]] == [
        [("shade", "below Oak"), ("name", "Oak")],
        [("shade", "below Elm"), ("name", "Elm")],
    ]
    assert made == [Plant]


async def test_objects_of_several_kinds_with_resolvers_are_left_to_a_run(made):
    trees = [Plant(), SimpleNamespace(name="Elm")]
    assert (await alike(trees, "{ trees { shade name } }")).errors is None
    assert made == []


async def test_objects_of_several_kinds_are_left_to_a_run(made):
    answer = await alike([Plant(), SimpleNamespace(**vars(Plant()))])
    assert answer.errors is None
    assert made == [Amount]


async def test_what_makes_its_values_anew_is_read_once(made):
    assert (await alike([Making(leaves=[Sheet("one")])], NAMES)).errors is None
    assert made == [Sheet]


async def test_what_has_to_be_awaited_again_and_again_is_not_tried_for_a_while(made):
    async def begin():
        return "Yew"

    program = compiled(NAMES, schema=SCHEMA)
    waits = [Plant(name=Later(begin))]
    for _ in range(MOST_MISSES - 1):
        assert (await alike(waits, NAMES, program)).data["trees"]
    assert (await alike([Plant()], NAMES, program)).errors is None
    assert made == [Plant]

    for _ in range(MOST_MISSES):
        assert (await alike(waits, NAMES, program)).data["trees"]
    for _ in range(PAUSE):
        assert (await alike([Plant()], NAMES, program)).errors is None
    assert made == [Plant]

    assert (await alike([Plant()], NAMES, program)).errors is None
    assert made == [Plant, Plant]


async def test_so_many_that_they_are_written_later_are_left_to_a_run(made):
    leaves = [Sheet(str(number)) for number in range(LATE_FROM // 2)]
    await alike([Plant(leaves=leaves), Plant(leaves=leaves)], NAMES)
    assert made == []

    await alike([Plant(leaves=leaves), Plant(leaves=leaves[1:])], NAMES)
    assert made == [Sheet, Plant]


async def test_what_finds_no_room_is_left_to_a_run(made):
    program = compiled(NAMES, schema=SCHEMA)
    program._room.left = 0
    assert (await alike([Plant(leaves=[Sheet("one")])], NAMES, program)).errors is None
    assert made == []


async def test_a_resolver_is_told_all_that_it_asks_for():
    answer = await alike([], "{ at: where }")
    assert answer.data == {"at": "Query.where of str"}


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        (Plant, "name", True),
        (Slotted, "name", True),
        (SimpleNamespace, "name", True),
        (Making, "name", False),
        (Making, "leaves", True),
        (Plant, None, False),
    ],
)
def test_what_is_stored_may_be_read_twice(kind, name, expected):
    assert is_stored(kind, name) is expected


def test_no_type_of_a_column_is_shown_as_an_object():
    program = compiled(NAMES, schema=SCHEMA)
    [field] = program._variant(()).root.of(program.root).fields
    assert not field.shape.shows(frozenset([str]))
    assert field.shape.fields_of_kind(Amount) is None
