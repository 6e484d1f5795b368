"""Faults put into the compiler on purpose are found by the operations that compare it."""

from itertools import chain

import pytest

import execution.compiled.arguments
import execution.compiled.field
import execution.compiled.fields
import execution.compiled.leaves
import execution.compiled.nulls
import execution.compiled.objects
import execution.compiled.selections
import execution.compiled.shapes
from execution.compiled.fields import Fields
from execution.compiled.places import FieldPlace, ItemPlace, Step
from execution.compiled.rows import row_maker
from schema.nested import Nested
from tests.compared import both, written

pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("collected"),
]
MOST_DOCUMENTS = 150
package = execution.compiled


def sorted_rows(keys):
    make = row_maker(keys)
    return lambda columns: [dict(sorted(row.items())) for row in make(columns)]


def cut_askew(items, lengths):
    rest = iter(items)
    return [[item for _, item in zip(range(n), rest, strict=False)] for n in lengths[::-1]]


def all_at_the_front(values, positions, size):
    return values + [None] * (size - len(positions))


def all_named(_resolve, name):
    return lambda objects: [name] * len(objects)


def counts_all(_variant, _node):
    return True


def one_further(self, index):
    above, step = ITEM_CLIMB(self, index)
    return above, Step(step.key + 1, step.rank, step.required)


def never_required(self, index):
    return index, Step(self.field.key, (self.late, self.order), False)  # noqa: FBT003


async def unguarded(self, ids, info, **_):
    return await info.context.load_all(self.batch, ids)


async def in_another_order(self, ids, info, **more):
    return (await NESTED_LOAD(self, ids, info, **more))[::-1]


def shrugging(self, column):
    return [value if value is None else self.live([value])[0] for value in column]


def without_the_resolved(self, objects, kind, *resolved):
    return FIELDS_MADE(self, objects, kind, *[[None] * len(column) for column in resolved])


ITEM_CLIMB, NESTED_LOAD, FIELDS_MADE = ItemPlace.climb, Nested.load, Fields.made
FAULTS = {
    "keys in the order of the alphabet": (package.fields, "row_maker", sorted_rows),
    "lists cut where others end": (package.shapes, "cut", cut_askew),
    "values that nulls stood between": (package.shapes, "spread", all_at_the_front),
    "a plain field read wrong": (package.field, "_reader", all_named),
    "@skip and @include not looked at": (package.selections.Variant, "counts", counts_all),
    "fragments that don't apply": (package.selections.Collector, "_applies", counts_all),
    "paths with the next item's index": (ItemPlace, "climb", one_further),
    "nulls that go no further up": (FieldPlace, "climb", never_required),
    "variables that are not looked for": (package.arguments, "_has_variable", lambda _: False),
    "integers of any size": (package.leaves.Leaf, "is_ready", lambda _self, column: bool(column)),
    "objects that all have the first one's type": (
        package.objects,
        "_only_type",
        lambda types: types[0],
    ),
    "what was loaded for another": (Nested, "load", in_another_order),
    "a scope that isn't asked for": (Nested, "load", unguarded),
    "rows without what resolvers give": (Fields, "made", without_the_resolved),
    "nulls where there must be none, in generated rows": (package.shapes.Shape, "plain", shrugging),
    "errors inside of what is null": (
        package.nulls,
        "_nulled",
        lambda steps: tuple(step.key for step in steps),
    ),
}


async def is_found(document, values, scopes):
    """Whether the answers differ, or the program can't come to one."""
    try:
        found = await both(document, values, later=True, scopes=scopes)
    except Exception:  # noqa: BLE001  # a fault may show in any way
        return True
    return found.difference not in {None, "told"}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(name, monkeypatch):
    monkeypatch.setattr(*FAULTS[name])

    all_asked = chain.from_iterable(written(seed, later=True) for seed in range(MOST_DOCUMENTS))
    found = False
    while not found:
        found = await is_found(*next(all_asked))


async def test_nothing_is_found_where_nothing_is_wrong():
    for seed in range(40):
        for asked in written(seed, later=True):
            assert not await is_found(*asked)
