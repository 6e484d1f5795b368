"""Types that can't be told, disowned objects, other ways to read a field, scalars as given."""

import asyncio
from datetime import UTC, datetime
from operator import getitem
from types import SimpleNamespace

import orjson
import pytest
import strawberry
from graphql import build_schema, parse
from strawberry.schema.config import StrawberryConfig

from execution.compiled.late import show_late
from schema.scalars import SCALARS
from tests.compared import Ran, by_core, compiled, difference
from tests.odd_rows import Color
from tests.odd_schema import CORE

SDL = """
  interface Animal { name: String }
  type Dog implements Animal { name: String }
  type Cat implements Animal { name: String }
  type Stone { name: String }
  union Pet = Dog | Cat
  enum Size { SMALL BIG }
  type Query { animal: Animal animals: [Animal!]! pet: Pet pets: [Pet] dogs: [Dog] sizes: [Size]
    numbers: [Int!]! }
"""


def beasts(*kinds):
    return [SimpleNamespace(kind=kind, name=f"{kind} {place}") for place, kind in enumerate(kinds)]


def schema_of(**values):
    """The schema, its root fields with these values; objects tell their own kind."""
    schema = build_schema(SDL)
    for name, value in values.items():
        schema.query_type.fields[name].resolve = lambda *_, value=value: value
    schema.type_map["Animal"].resolve_type = lambda beast, *_: beast.kind
    schema.type_map["Pet"].resolve_type = lambda beast, *_: beast.kind
    return schema


async def alike(schema, text, *, later=False):
    """The answer, which is the same both ways."""
    document = parse(text)
    ours = await compiled(document, schema=schema).start({}, None).execute()
    theirs = await by_core(document, {}, None, None, schema)
    assert difference(Ran(ours, None), Ran(theirs, None), later=later) is None
    return ours


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (None, "must resolve to an Object type at runtime for field 'Query.animal'. Either"),
        (
            7,
            "<SimpleNamespace instance>, received '7', which is not a valid Object type name.",
        ),
        ("Unicorn", "was resolved to a type 'Unicorn' that does not exist inside the schema."),
        ("Size", "was resolved to a non-object type 'Size'."),
        ("Stone", "Runtime Object type 'Stone' is not a possible type for 'Animal'."),
    ],
)
async def test_a_type_that_can_not_be_told_is_an_error_in_the_same_words(kind, said):
    schema = schema_of(animal=beasts(kind)[0], animals=beasts("Dog", kind))

    alone = await alike(schema, "{ animal { name } }")
    among_others = await alike(schema, "{ animals { name } }")

    assert said in alone.errors[0].message
    assert among_others.errors[0].path == ["animals", 1]


async def test_a_type_that_disowns_its_object_is_an_error():
    schema = schema_of(dogs=beasts("Dog", "Cat", "Fox"), pets=beasts("Dog", "Cat", "Dog"))
    for name in ("Dog", "Cat"):
        schema.type_map[name].is_type_of = lambda beast, _, name=name: fit(beast, name)

    dogs = await alike(schema, "{ dogs { name } pets { ... on Dog { name } } }")

    assert [error.message for error in dogs.errors] == [
        "Expected value of type 'Dog' but got: <SimpleNamespace instance>.",
        "a fox",
    ]


def fit(beast, name):
    if beast.kind == "Fox":
        raise ValueError("a fox")
    return beast.kind == name


@pytest.mark.parametrize("kinds", [("Dog", "Cat"), ("Cat", "Cat"), ("Dog", "Fox"), ("Cat",)])
async def test_types_may_take_a_while_to_know_their_objects(kinds):
    async def is_dog(beast, _):
        await asyncio.sleep(0)
        return beast.kind == "Dog"

    schema = schema_of(pets=beasts(*kinds))
    schema.type_map["Pet"].resolve_type = None
    schema.type_map["Dog"].is_type_of = is_dog
    schema.type_map["Cat"].is_type_of = lambda beast, _: fit(beast, "Cat")

    await alike(schema, "{ pets { __typename ... on Dog { name } } }", later=True)


async def test_where_objects_are_not_dicts_of_attributes_they_are_read_as_the_schema_says():
    @strawberry.type
    class Thing:
        name: str
        size: int

    @strawberry.type
    class Root:
        @strawberry.field(graphql_type=list[Thing])
        def things(self):
            return [{"name": "a", "size": 1}, {"name": "b"}]

    for read in (getitem, lambda source, name: source.get(name)):
        config = StrawberryConfig(default_resolver=read)
        schema = strawberry.Schema(Root, config=config)._schema
        await alike(schema, "{ things { name } }")
        assert (await alike(schema, "{ things { size name } }")).data is None


async def test_members_of_enums_are_named_however_they_are_given():
    sizes = ["SMALL", "BIG", "SMALL", None, "HUGE"]
    assert (await alike(schema_of(sizes=sizes), "{ sizes }")).data == {
        "sizes": ["SMALL", "BIG", "SMALL", None, None]
    }
    schema = strawberry.Schema(colored([Color.RED, 3, "g", Color.RED, 3]))._schema
    assert (await alike(schema, "{ colors }")).data == {
        "colors": ["RED", "BLUE", "GREEN", "RED", "BLUE"]
    }


def colored(colors):
    @strawberry.type
    class Query:
        @strawberry.field(graphql_type=list[strawberry.enum(Color)])
        def colors(self):
            return colors

    return Query


async def test_an_argument_that_was_not_judged_before_is_an_error_of_its_field():
    answer = await alike(CORE, '{ strictAuthor(number: "seven") { id } }')

    assert answer.data is None


@pytest.mark.parametrize("few", [True, False])
async def test_long_lists_are_written_late_only_where_each_row_is_sure(few, monkeypatch):
    monkeypatch.setattr("execution.compiled.shapes.LATE_FROM", 9 if few else 2)

    @strawberry.type
    class Thing:
        name: str
        size: int

    @strawberry.type
    class Root:
        @strawberry.field(graphql_type=list[Thing])
        def things(self):
            return [Thing(name="a", size=1), Thing(name="b", size=2)]

        @strawberry.field(graphql_type=list[Thing | None])
        def holes(self):
            return [Thing(name="a", size=1), None]

        @strawberry.field(graphql_type=list[list[int]])
        def numbers(self):
            return [[1, 2], [3]]

        @strawberry.field(graphql_type=list[Thing])
        def misfits(self):
            return [Thing(name="a", size=2**40), Thing(name="b", size=2)]

    schema = strawberry.Schema(Root)._schema
    answer = await alike(schema, "{ things { size name } holes { name } numbers misfits { name } }")
    await alike(schema, "{ misfits { size } }")
    await alike(schema, "{ things { ... @skip(if: true) { name } } }")

    assert orjson.loads(orjson.dumps(answer.data, show_late))["numbers"] == [[1, 2], [3]]
    assert isinstance(answer.data["things"], list) is few


async def test_long_lists_of_an_interface_or_of_disowned_objects_are_not_written_late(monkeypatch):
    monkeypatch.setattr("execution.compiled.shapes.LATE_FROM", 2)
    animals = await alike(schema_of(animals=beasts("Dog", "Cat")), "{ animals { name } }")
    assert animals.data == {"animals": [{"name": "Dog 0"}, {"name": "Cat 1"}]}


async def test_what_a_scalar_shows_as_given_is_still_looked_at():
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)

    @strawberry.type
    class Event:
        time: datetime | None

    @strawberry.type
    class Query:
        @strawberry.field(graphql_type=list[Event])
        def events(self):
            times = [noon, None, "noon", ValueError("no time"), 7]
            return [SimpleNamespace(time=time) for time in times]

        @strawberry.field(graphql_type=list[Event])
        def plain_events(self):
            return [SimpleNamespace(time=time) for time in (noon, None, "noon")]

    config = StrawberryConfig(scalar_map=SCALARS)
    schema = strawberry.Schema(Query, config=config)._schema
    for _ in range(2):
        answer = await alike(schema, "{ events { time } plainEvents { time } }")
        shown = [event["time"] for event in answer.data["events"]]
        assert shown == [noon, None, "noon", None, 7]
