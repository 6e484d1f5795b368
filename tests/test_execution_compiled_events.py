"""Each event of a subscription is shown by a program as graphql-core shows it."""

import asyncio
import gc
import weakref
from collections import Counter
from itertools import chain
from random import Random

import pytest
from graphql import parse, validate

from db.scope import ALL_SCOPES, Scope
from execution.compiled.program import Program
from execution.compiled.run import Run
from tests.compared import LATE, OddWriter, Ran, by_core, compiled, difference
from tests.followed import followed, shown, subscription
from tests.odd_events import EVENTS, FITTING
from tests.odd_rows import Context, Row

# graphql-core leaves coroutines behind where a null cuts siblings off; a program doesn't.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("collected"),
]
DOCUMENTS = 200
ALIKE = {None, "told"}


@pytest.mark.parametrize("name", FITTING)
def test_what_is_made_up_fits_the_schema(name):
    for seed in range(10):
        writer = OddWriter(Random(seed), LATE if seed % 2 else frozenset(), EVENTS)
        operation = subscription(writer, name)
        faults = [error.message for error in validate(EVENTS, parse(operation.text))]
        # A variable may be left over, which changes nothing.
        assert [fault for fault in faults if "is never used" not in fault] == []


@pytest.mark.parametrize("later", [False, True])
async def test_events_are_shown_with_the_same_bytes_and_errors(later):
    seen = Counter()
    for seed in range(DOCUMENTS):
        for asked in followed(seed, later=later):
            async for _, theirs, differs in shown(asked, later=later):
                seen[differs] += 1
                seen["failed"] += bool(theirs.result.errors)
                seen["null"] += theirs.result.data is None
                assert differs in ALIKE, (seed, asked.values, asked.numbers)

    assert seen["told"] < (seen[None] * 0.1 if later else 1)
    assert seen[None] > DOCUMENTS * 3.5
    assert min(seen["failed"], seen["null"]) > DOCUMENTS * 0.4


async def test_subscribers_share_a_program_and_nothing_else():
    document = parse("subscription { books { id publisher { id } } }")
    known = compiled(document, schema=EVENTS)
    events = [[Row("Book", f"{n}.{place}") for place in range(5)] for n in range(6)]
    scopes = [ALL_SCOPES - {Scope.PRODUCTS_READ} if n % 2 else ALL_SCOPES for n in range(6)]
    contexts = [Context(later=True, scopes=held) for held in scopes]
    runs = [known.start({}, *of) for of in zip(contexts, events, strict=True)]

    together = await asyncio.gather(*[run.execute() for run in runs])

    for context, books, result in zip(contexts, events, together, strict=True):
        alone = Context(later=True, scopes=context.caller.key.scopes)
        wanted = await by_core(document, {}, alone, None, EVENTS, books)
        assert difference(Ran(result, context), Ran(wanted, alone), later=False) is None
        assert context.batches == alone.batches
    assert [len(context.batches) for context in contexts] == [1, 0, 1, 0, 1, 0]
    assert len(known._variants) == 1


async def test_an_event_is_not_kept():
    known, told = compiled("subscription { author { id } }", schema=EVENTS), Row("Author", "told")
    kept = weakref.ref(told)

    await known.start({}, Context(later=False), told).execute()

    del told
    gc.collect()
    assert kept() is None


def without_the_event(program, given, context, _event=None):
    return START(program, given, context)


def without_the_root(run, field, path):
    return INFO(run, field, path)._replace(root_value=None)


START, INFO = Program.start, Run.info
AUTHOR = EVENTS.subscription_type.fields["author"].extensions["strawberry-definition"]
FAULTS = {
    "events that are not handed on": (Program, "start", without_the_event),
    "resolvers that are not told the event": (Run, "info", without_the_root),
    "the source in place of what it told": (AUTHOR, "is_subscription", False),
}


async def is_found(asked):
    """Whether what is shown of any of the events differs."""
    return any([found.difference not in ALIKE async for found in shown(asked, later=True)])


@pytest.mark.parametrize("name", FAULTS)
async def test_a_planted_fault_is_found(name, monkeypatch):
    monkeypatch.setattr(*FAULTS[name])

    all_asked = chain.from_iterable(followed(seed, later=True) for seed in range(DOCUMENTS))
    found = False
    while not found:
        found = await is_found(next(all_asked))


async def test_nothing_is_found_where_nothing_is_wrong():
    for seed in range(20):
        for asked in followed(seed, later=True):
            assert not await is_found(asked)
