"""What compiled execution promises beside the same answer."""

import gc
import weakref

import orjson
import pytest
from graphql import build_schema, parse

from db.scope import ALL_SCOPES, Scope
from execution.compiled import late, program, room
from execution.compiled.late import show_late
from tests.compared import appearance, both, by_core, compiled
from tests.odd_rows import Context
from tests.odd_schema import CORE

DEEP = "{ author { " + "strictFriend { " * 29 + "id" + " }" * 31
SIMPLE = build_schema("""
  directive @live on QUERY
  directive @shout on FIELD
  type Query { a: Query  b: String }
  type Subscription { ticks: Int }
""")


@pytest.mark.parametrize(
    ("text", "obstacles"),
    [
        ("{ a { b } }", ()),
        ("{ __schema { types { name } } }", ("introspection",)),
        ('{ ...A } fragment A on Query { __type(name: "Query") { name } }', ("introspection",)),
        ("subscription { ticks }", ()),
        ("{ b @shout }", ("@shout",)),
        ("query @live { b ... on Query { b @shout } }", ("@live", "@shout")),
        ("{ a" + "{ a" * 32 + "}" * 33, ()),
        ("{ a" + "{ a" * 33 + "}" * 34, ("more than 32 levels",)),
    ],
)
def test_says_what_it_leaves_to_graphql_core(text, obstacles):
    left = compiled(text, schema=SIMPLE)

    assert left.obstacles == obstacles
    assert (left.start({}, None) is None) is bool(obstacles)


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("query($size: Int!) { books(size: $size) { id } }", {}),
        ("query($all: Boolean = true) { author @include(if: $all) { id } }", {"all": None}),
    ],
)
def test_leaves_what_graphql_core_will_refuse(text, given):
    assert compiled(text).start(given, None) is None


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("{ author { id } author { strictName } }", {}),
        ('query($s: Boolean = true) { author { id @skip(if: $s) } node(id: "a") { id } }', {}),
        ("query($n: Int = 2) { author(number: $n) { id } strictAuthor(number: $n) { id } }", None),
        ("{ author { books(slice: {size: 3, colors: [RED, BLUE]}) { id } } }", {}),
        ("query($c: [Color!]!) { author { books(slice: {colors: $c}) { id } } }", {"c": ["RED"]}),
        ("{ author { books(slice: {}) { id label(shade: GREEN) } } }", {}),
        (
            '{ a: node(id: "ghost1") { id } b: node(id: "ghost4") { id } c: node(id: "4") { id } }',
            {},
        ),
        (DEEP, {}),
    ],
)
async def test_answers_like_graphql_core(text, given):
    values = {"n": None} if given is None else given
    _, _, difference = await both(parse(text), values, later=False)

    assert difference is None


async def test_objects_of_a_whole_column_are_loaded_by_one_call():
    text = "{ books(size: 5) { publisher { id } other: strictPublisher { id } } }"

    ours, theirs, difference = await both(parse(text), {}, later=True)

    assert difference is None
    assert len(ours.context.batches) == len(theirs.context.batches) == 1


async def test_a_batch_that_fails_fails_for_each_object():
    document = parse("{ books(size: 5) { publisher { id } } }")
    context, other = Context(later=False), Context(later=False)
    context.fails = other.fails = True

    result = await compiled(document).start({}, context).execute()

    theirs = await by_core(document, {}, other, None, CORE)
    assert list(map(appearance, result.errors)) == list(map(appearance, theirs.errors))
    assert {(error.message, *error.path[::2]) for error in result.errors} == {
        ("no publishers today", "books", "publisher"),
        ("no publisher", "books", "publisher"),
    }


async def test_a_column_asks_the_guard_once_and_refuses_each_object():
    document = parse("{ books(size: 5) { publisher { id } } }")
    scopes = ALL_SCOPES - {Scope.PRODUCTS_READ}

    ours, theirs, difference = await both(document, {}, later=True, scopes=scopes)

    assert difference is None
    assert {error.message for error in ours.result.errors or []} == {
        "Book.publisher needs the scope products.read."
    }
    assert (ours.context.batches, theirs.context.batches) == ([], [])


async def test_keeps_nobody_s_context():
    context = Context(later=False)
    kept, known = weakref.ref(context), compiled("{ author { id } }")

    await known.start({}, context).execute()

    del context
    gc.collect()
    assert kept() is None


async def test_rows_of_long_lists_are_left_to_the_json_writer(monkeypatch):
    monkeypatch.setattr(late, "LATE_FROM", 2)
    monkeypatch.setattr("execution.compiled.shapes.LATE_FROM", 2)
    for text in ("{ books { id lively: __typename } }", "{ authors { lively madeAt } }"):
        ours, _, difference = await both(parse(text), {}, later=False)
        assert difference is None
        with pytest.raises(TypeError):
            orjson.dumps(ours.result.data)
    with pytest.raises(TypeError, match="is no part of a GraphQL response"):
        show_late(object())


async def test_fields_beyond_the_room_are_compiled_anew_and_answer_the_same(monkeypatch):
    monkeypatch.setattr(room, "LEAST_FIELDS", 3)
    monkeypatch.setattr(room, "CHARACTERS_EACH", 100_000)
    known = compiled("{ author(number: 3) { id lively } books { id } }")

    answers = [await known.start({}, Context(later=False)).execute() for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    [variant] = known._variants.values()
    # The author's two don't fit beside the root's two, and the books' one does.
    assert (variant.share, variant.room.left) == (0, 0)
    assert list(variant.root._compiled) == [known.root]


async def test_what_is_forgotten_keeps_nothing_and_leaves_all_to_graphql_core():
    known = compiled("{ author { id } }")
    await known.start({}, Context(later=False)).execute()

    known.forget()

    assert known._variants == {}
    assert known.obstacles == ("a document that isn't kept",)
    assert known.start({}, Context(later=False)) is None


def test_keeps_so_many_outcomes_of_its_conditions(monkeypatch):
    monkeypatch.setattr(program, "MOST_VARIANTS", 2)
    text = "query($a: Boolean!, $b: Boolean!) { author @skip(if: $a) @include(if: $b) { id } }"
    known = compiled(text)

    for number in range(4):
        assert known.start({"a": number > 1, "b": number % 2 == 0}, None)

    assert list(known._variants) == [(False, True), (False, False)]
