"""Programs answer as graphql-core does, over operations made up for a schema that misbehaves."""

import gc
import warnings
from collections import Counter
from random import Random

import pytest
from graphql import parse, validate

from execution.compiled import columns, shapes
from tests.compared import LATE, OddWriter, both, compiled, written
from tests.odd_rows import Context
from tests.odd_schema import CORE

# graphql-core leaves coroutines behind where a null cuts siblings off; a program doesn't.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("collected"),
]
DOCUMENTS = 100
CHUNKS = 4


def test_what_is_made_up_fits_the_schema():
    for seed in range(60):
        operation = OddWriter(Random(seed), LATE if seed % 2 else frozenset()).operation()
        faults = [error.message for error in validate(CORE, parse(operation.text))]
        # A variable may be left over, which changes nothing.
        assert [fault for fault in faults if "is never used" not in fault] == []


async def compared(seeds, *, later):
    """How many answers differed, and in what; all of them were run by programs."""
    seen = Counter()
    for seed in seeds:
        for document, values, scopes in written(seed, later=later):
            ours, theirs, difference = await both(document, values, later=later, scopes=scopes)
            seen[difference] += 1
            seen["failed"] += bool(theirs.result.errors)
            assert difference in {None, "told"}, (seed, values)
            assert ours.context.log == theirs.context.log, (seed, values)
    return seen


@pytest.mark.parametrize("chunk", range(CHUNKS))
async def test_what_is_synchronous_has_the_same_bytes_and_the_same_errors_in_their_order(
    chunk, monkeypatch
):
    monkeypatch.setattr(shapes, "LATE_FROM", 1_000 if chunk % 2 else 1)
    monkeypatch.setattr(columns, "PIECE", 1_000 if chunk % 2 else 1)
    seen = await compared(range(chunk * DOCUMENTS, (chunk + 1) * DOCUMENTS), later=False)

    assert seen["told"] == 0
    assert seen[None] > DOCUMENTS * 1.5
    assert seen["failed"] > DOCUMENTS * 0.75


@pytest.mark.parametrize("chunk", range(CHUNKS))
async def test_what_is_asynchronous_has_the_same_bytes_and_errors_but_for_one_thing(
    chunk, monkeypatch
):
    """Which of several errors below one null is told is left open by the specification."""
    monkeypatch.setattr(shapes, "LATE_FROM", 1_000 if chunk % 2 else 1)
    monkeypatch.setattr(columns, "PIECE", 1_000 if chunk % 2 else 1)
    seen = await compared(range(chunk * DOCUMENTS, (chunk + 1) * DOCUMENTS), later=True)

    assert seen["told"] < seen[None] * 0.1
    assert seen[None] > DOCUMENTS * 1.5
    assert seen["failed"] > DOCUMENTS * 0.75


async def test_no_coroutine_is_left_behind():
    # What other tests left to graphql-core is not to be found here.
    gc.collect()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for seed in range(100):
            for document, values, scopes in written(seed, later=True):
                run = compiled(document, "Run").start(values, Context(later=True, scopes=scopes))
                await run.execute()
        gc.collect()

    assert [str(one.message) for one in caught] == []
