"""Lists below lists, loaded level by level and shown at once: the same as graphql-core's."""

from uuid import UUID

import graphql
import pytest

from db.scope import ALL_SCOPES, Scope
from execution.compiled.chain import Chain
from execution.compiled.fields import MOST_MISSES, Fields
from execution.compiled.late import LATE_FROM
from schema.later import Later
from schema.loader import MOST
from tests.chained import (
    SCHEMA,
    Context,
    Fleeting,
    Holder,
    LineRow,
    Loud,
    OrderRow,
    PageOf,
    Steady,
)
from tests.compared import Ran, by_core, compiled, difference
from tests.odd_rows import Misfortune

ONE, TWO, TEA, CUP, GONE = [UUID(int=number) for number in range(1, 6)]
LINES = "lines { description quantity product { name } }"
ORDERS = f"{{ orders {{ number {LINES} }} }}"
PAGE = f"{{ page {{ rows: nodes {{ number {LINES} }} }} }}"
ROWS = [OrderRow(ONE), OrderRow(TWO, "two")]
SOLD = {ONE: [LineRow(0, TEA), LineRow(0, CUP, "Cup", 1)], TWO: [LineRow(0, GONE, "Pot")]}
STOCK = {TEA: "Tea", CUP: "Cup"}
BOTH = ["lines", "products"]


@pytest.fixture
def made(monkeypatch):
    """For each chain, whether one function made its rows."""
    told = []
    real = Chain._made

    def watched(chain, levels):
        rows = real(chain, levels)
        told.append(rows is not None)
        return rows

    monkeypatch.setattr(Chain, "_made", watched)
    return told


async def alike(  # what a request finds, and a program that is there already
    text=ORDERS,
    shown=ROWS,
    lines=SOLD,
    products=STOCK,
    scopes=ALL_SCOPES,
    program=None,
    **known,
):
    """The answer, which is the same both ways, and what was asked for it."""
    ours, theirs = [Context(shown, lines, products, scopes) for _ in range(2)]
    ours.loaders |= known
    document = graphql.parse(text)
    program = program or compiled(document, schema=SCHEMA)
    answer = await program.start({}, ours).execute()
    expected = await by_core(document, {}, theirs, None, SCHEMA)
    # Whatever is awaited in batches may end in another order.
    assert difference(Ran(answer, ours), Ran(expected, theirs), later=True) is None
    return answer, ours.asked


@pytest.mark.parametrize("text", [ORDERS, PAGE])
async def test_all_levels_are_shown_at_once(text, made):
    shown = ROWS if text == ORDERS else PageOf(ROWS)
    answer, asked = await alike(text, shown)
    assert (answer.errors, asked, made) == (None, BOTH, [True])


@pytest.mark.parametrize(
    ("sold", "count"),
    [
        ({ONE: [LineRow(0, None), LineRow(0, TEA), LineRow(0, TEA)]}, 2),
        ({ONE: [LineRow(0, GONE), LineRow(0, None)]}, 2),
        ({ONE: [LineRow(0, None)]}, 1),
        ({}, 1),
    ],
    ids=range(4),
)
async def test_what_is_missing_or_there_twice_is_asked_for_once(sold, count):
    answer, asked = await alike(lines=sold)
    assert (answer.errors, asked) == (None, BOTH[:count])


@pytest.mark.parametrize(
    "changed",
    [
        {"lines": Misfortune("no lines")},
        {"lines": {ONE: [LineRow(0, TEA, None), LineRow(0, CUP)], TWO: [LineRow(0, TEA)]}},
        {"lines": {ONE: [LineRow(0, CUP)], TWO: [LineRow(0, TEA), LineRow(0, TEA, "Tea", 2**31)]}},
        {"products": Misfortune("no products")},
        {"products": {TEA: None, CUP: "Cup"}},
        {"shown": [OrderRow(ONE, None), OrderRow(TWO)]},
        {"shown": [OrderRow(ONE), OrderRow(TWO, ValueError("two"))]},
        {"scopes": ALL_SCOPES - {Scope.PRODUCTS_READ}},
    ],
    ids=range(8),
)
@pytest.mark.parametrize("text", [ORDERS, PAGE])
async def test_what_is_wrong_is_told_where_it_is(text, changed):
    shown = changed.get("shown", ROWS)
    given = changed | {"shown": shown if text == ORDERS else PageOf(shown)}
    answer, asked = await alike(text, **given)
    assert answer.errors
    # What was loaded is not asked for again.
    assert len(asked) == len(set(asked))


async def test_who_may_not_see_products_has_none_loaded():
    answer, asked = await alike(scopes=ALL_SCOPES - {Scope.PRODUCTS_READ})
    assert asked == ["lines"]
    assert [error.path for error in answer.errors] == [
        ["orders", 0, "lines", 0, "product"],
        ["orders", 0, "lines", 1, "product"],
        ["orders", 1, "lines", 0, "product"],
    ]


async def test_what_had_to_be_awaited_is_tried_again_after_a_while(monkeypatch):
    async def begin():
        return "Yew"

    made = []
    real = Fields.made

    def watched(fields, objects, kind, *resolved):
        rows = real(fields, objects, kind, *resolved)
        made.append(kind)
        return rows

    monkeypatch.setattr(Fields, "made", watched)
    monkeypatch.setattr("execution.compiled.fields.PAUSE", 5)
    text = "{ orders { lines { description product { name } stamp { name } } } }"
    program = compiled(graphql.parse(text), schema=SCHEMA)
    later, there = [{ONE: [LineRow(0, TEA, said)]} for said in (Later(begin), "Tea")]
    counts = []
    for sold in (there, *[later] * MOST_MISSES, *[there] * 6, *[later] * MOST_MISSES, there):
        assert (await alike(text, ROWS[:1], sold, program=program))[0].errors is None
        counts.append(made.count(LineRow))
    assert counts == [1] * (MOST_MISSES + 6) + [2] * (MOST_MISSES + 2)


@pytest.mark.parametrize("count", [1, 2])
async def test_what_must_be_there_and_is_not_is_told(count):
    sold = [LineRow(0, TEA), LineRow(0, GONE)][:count]
    lines = "lines { description required { name } }"
    answer, asked = await alike(f"{{ orders {{ {lines} }} }}", [OrderRow(ONE)], {ONE: sold})
    told = [error.path for error in answer.errors or ()]
    assert told == [["orders", 0, "lines", 1, "required"]] * (count - 1)
    assert asked == BOTH


@pytest.mark.parametrize(
    "below",
    [
        "lines { description product { name __typename parts { name } } }",
        "lines { quantity product { name } stamp { name } }",
        "lines { stamp { name } }",
        "lines { __typename }",
        "lines { quantity } more: lines { description }",
        "lines { product { __typename } }",
    ],
    ids=range(6),
)
@pytest.mark.parametrize("number", ["", "number"])
async def test_other_selections_are_shown_alike(below, number):
    answer, _ = await alike(f"{{ orders {{ {number} {below} }} }}")
    assert answer.errors is None


@pytest.mark.parametrize(
    "shown",
    [
        [],
        [OrderRow(ONE), OrderRow(ONE)],
        [OrderRow(ONE), OrderRow(None)],
        [Loud(ONE), Loud(TWO)],
        [OrderRow(ONE), Loud(TWO)],
        [PageOf(None)],
    ],
    ids=range(6),
)
@pytest.mark.parametrize("text", [ORDERS, PAGE])
async def test_odd_objects_are_left_to_a_run(text, shown):
    await alike(text, shown if text == ORDERS else PageOf(shown))


@pytest.mark.parametrize(
    "value",
    [
        None,
        ValueError("no page"),
        7,
        PageOf(tuple(ROWS)),
        PageOf(None),
        PageOf([None, *ROWS]),
        PageOf([OrderRow(UUID(int=n)) for n in range(LATE_FROM)]),
        Fleeting(ROWS),
        Steady(ROWS),
        Steady([]),
    ],
    ids=range(10),
)
async def test_a_page_is_whatever_has_rows(value):
    await alike(PAGE, value)


async def row_later():
    return ROWS[0]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize(
    "item", [None, ValueError("no row"), Later(row_later)], ids=["null", "error", "later"]
)
async def test_what_is_no_row_is_not_taken_for_one(item, count):
    program = compiled(graphql.parse(PAGE), schema=SCHEMA)
    for rows in ([item] * count, ROWS, [item] * count):
        await alike(PAGE, PageOf(rows), program=program)


@pytest.mark.parametrize(
    "text",
    [
        "{ page { __typename } }",
        "{ page { nodes { number } } }",
        f"{{ page {{ nodes {{ {LINES} }} __typename }} }}",
    ],
)
async def test_what_shows_more_or_leads_nowhere_is_left_to_others(text, made):
    answer, _ = await alike(text, PageOf(ROWS))
    assert answer.errors is None
    assert made == ([True] if "lines" in text else [])


async def test_rows_that_are_read_by_name_are_left_to_a_run(made):
    answer, asked = await alike(lines={ONE: ["held"], TWO: ["held", "held"]})
    assert (answer.errors, asked, made) == (None, BOTH[:1], [False])


@pytest.mark.parametrize("count", [LATE_FROM - 1, LATE_FROM])
async def test_many_lines_are_written_late(count, made):
    sold = [LineRow(0, UUID(int=number + 1)) for number in range(count)]
    answer, asked = await alike(lines={ONE: sold})
    assert (answer.errors, asked) == (None, BOTH)
    assert made[0] is (count < LATE_FROM)


async def test_what_no_function_may_read_is_left_to_a_run(made):
    both = f"{{ orders {{ number a: {LINES} b: {LINES} }} }}"
    for _ in range(2):
        answer, asked = await alike(both, [Loud(ONE), Loud(TWO)])
        assert (answer.errors, asked, any(made)) == (None, BOTH, False)


async def test_what_others_load_too_is_loaded_with_them(made):
    both = f"{{ a: orders {{ {LINES} }} b: orders {{ {LINES} }} }}"
    answer, asked = await alike(both)
    assert (answer.errors, sorted(asked), any(made)) == (None, BOTH, False)

    answer, asked = await alike(other=None)
    assert (answer.errors, asked, any(made)) == (None, BOTH, False)


async def test_more_than_a_statement_is_given_are_loaded_in_general(made):
    held = [Holder(OrderRow(UUID(int=number))) for number in range(MOST + 1)]
    answer, asked = await alike("{ holders { order { lines { description } } } }", held)
    assert (answer.errors, asked, any(made)) == (None, ["lines"] * 2, False)


@pytest.mark.parametrize("room", range(9))
async def test_what_finds_no_room_is_not_kept_here_either(room, made):
    program = compiled(PAGE, schema=SCHEMA)
    program._room.left = room
    for _ in range(2):
        answer, asked = await alike(PAGE, PageOf(ROWS), program=program)
        assert (answer.errors, asked) == (None, BOTH)
    assert (True in made) is (room == 8)


async def test_what_is_compiled_for_each_request_leaves_nothing_behind():
    program = compiled(PAGE, schema=SCHEMA)
    program._room.left = 0
    for _ in range(4):
        await alike(PAGE, PageOf(ROWS), program=program)
    uses = program._variant(()).uses
    assert sorted(map(len, uses.values())) == [2, 2]
