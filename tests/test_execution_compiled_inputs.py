"""Arguments that are made by functions built once: the same as Strawberry makes."""

from enum import Enum
from functools import partial
from random import Random
from typing import Annotated

import pytest
import strawberry
import strawberry.pydantic
from graphql.utilities import coerce_input_value
from pydantic import BaseModel, Field
from strawberry.pydantic import InputValidationError
from strawberry.relay import GlobalID

from execution.compiled import inputs
from execution.compiled.inputs import converted, converter
from resolvers.root import api
from tests.inputs import Inputs


@strawberry.enum
class Color(Enum):
    RED = "red"


@strawberry.pydantic.input
class Leaf(BaseModel):
    name: Annotated[str, Field(min_length=2)]
    shown_size: int = 1
    note: str | None
    color: Color | None = None
    tags: list[str] = Field(default_factory=list)


@strawberry.pydantic.input
class Tree(BaseModel):
    leaves: list[Leaf]
    best: Leaf | None = None
    rows: list[list[int] | None] | None = None
    changed: strawberry.Maybe[str | None]


@strawberry.pydantic.input
class Pair(BaseModel):
    pair: tuple[int, int]


@strawberry.pydantic.input
class Endless(BaseModel):
    name: str
    next: "Endless | None" = None


@strawberry.input
class Plain:
    name: str


@strawberry.type
class Query:
    @strawberry.field
    def usual(
        self,
        tree: Tree | None = None,
        ids: list[strawberry.ID] | None = None,
        color: Color = Color.RED,
        first_size: int | None = 3,
    ) -> str:
        """What is known."""

    @strawberry.field
    def pair(self, pair: Pair) -> str:
        """Lists that pydantic takes for tuples."""

    @strawberry.field
    def endless(self, endless: Endless) -> str:
        """Inputs that hold themselves."""

    @strawberry.field
    def plain(self, plain: Plain) -> str:
        """Inputs without pydantic."""

    @strawberry.field
    def several(self, trees: list[Leaf]) -> str:
        """Several inputs."""

    @strawberry.field
    def maybe(self, name: strawberry.Maybe[str | None]) -> str:
        """What may be left out."""

    @strawberry.field
    def node(self, id: GlobalID) -> str:
        """An id of another form."""


HOUSE = strawberry.Schema(Query)
LEAF = {"name": "oak", "shownSize": 2, "note": None, "color": Color.RED, "tags": ["a"]}
GIVEN = [
    ("usual", {}),
    ("usual", {"tree": None, "ids": None, "color": Color.RED, "firstSize": None}),
    ("usual", {"tree": {"leaves": []}, "ids": ["a"], "firstSize": 1, "other": 2}),
    ("usual", {"tree": {"leaves": [LEAF, {"name": "ash"}], "best": LEAF, "changed": None}}),
    ("usual", {"tree": {"leaves": [], "best": None, "rows": [[1], None], "changed": "yes"}}),
    ("usual", {"tree": {"leaves": [], "rows": None}}),
    ("pair", {"pair": {"pair": [1, 2]}}),
    ("endless", {"endless": {"name": "a", "next": {"name": "b"}}}),
    ("plain", {"plain": {"name": "a"}}),
    ("several", {"trees": [LEAF]}),
    ("maybe", {"name": "a"}),
    ("maybe", {"name": None}),
    ("maybe", {}),
    ("node", {"id": "VHJlZTox"}),
]


def field_of(name):
    return HOUSE.get_type_by_name("Query").get_field(name)


def told(make, given):
    try:
        return make(given)
    except InputValidationError as error:
        return [(each.location, each.message, each.type) for each in error.errors]


@pytest.mark.parametrize(("name", "given"), GIVEN)
def test_they_are_those_that_strawberry_makes(name, given):
    own = field_of(name)

    assert converter(own, HOUSE)(given) == converted(own, HOUSE, given)


def test_what_is_wrong_is_said_by_strawberry():
    own = field_of("usual")
    given = {"tree": {"leaves": [LEAF, {"name": "x"}], "rows": [["a"]]}}

    with pytest.raises(InputValidationError) as refused:
        converter(own, HOUSE)(given)

    assert [each.location for each in refused.value.errors] == [
        ["tree", "leaves", "1", "name"],
        ["tree", "rows", "0", "0"],
    ]


@pytest.mark.parametrize("kind", ["Query", "Mutation", "Subscription"])
def test_so_it_is_for_every_root_field(kind):
    random, made = Random(30), 0
    sent = Inputs(random, ("prod_01jd0000000000000000000000", "a"))
    for name, definition in api._schema.type_map[kind].fields.items():
        own = definition.extensions["strawberry-definition"]
        make = converter(own, api)
        for _ in range(30):
            given = {
                name: coerce_input_value(sent.value(argument.type), argument.type)
                for name, argument in definition.args.items()
                if sent.chance(0.8)
            }
            ours = told(make, given)
            assert ours == told(partial(converted, own, api), given), (name, given)
            made += isinstance(ours, dict)

    assert made > 0


def test_lists_are_the_resolvers_own():
    own, ids = field_of("usual"), ["a"]

    made = converter(own, HOUSE)({"ids": ids})["ids"]

    assert made == ids
    assert made is not ids


def test_what_is_known_needs_no_strawberry(monkeypatch):
    make = converter(field_of("usual"), HOUSE)
    monkeypatch.delattr(inputs, "converted")

    assert make({"tree": {"leaves": [LEAF]}})["tree"].leaves[0].shown_size == 2
