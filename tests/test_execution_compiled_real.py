"""The real schema on a real database: the same answers, whichever way an operation is run."""

import asyncio
import re
from collections import Counter
from itertools import count
from random import Random
from typing import NamedTuple

import orjson
import pytest

from db import ids
from db.hub import Hub
from db.scope import Scope
from resolvers.root import api
from tests.compared import CoveredWriter, compiled, told_alike
from tests.furnished import furnished
from tests.house import Clock, House

# As in other comparisons: graphql-core leaves coroutines behind where a null cuts siblings off.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("collected"),
]
CORE = api._schema
OPERATIONS = 80
NOUNS = ("ApiKey", "Invoice", "Member", "Organization", "Product")
# Words that no input takes, and what is sent in their place.
PLAUSIBLE = {"currency": "EUR", "amount": "2.50", "cidr": "192.0.2.0/24", "unitPrice": None}
LITERAL = re.compile(r'(currency|amount|cidr): "text"')
# What is drawn by lot: ids, tokens and their hints, cursors; and the two organizations' names.
DRAWN = re.compile(
    rb'(?:key|inv|prod|org|ipr|mem|whk|dlv|evt|ntf)_[0-9a-z]{26}|th_[^"]+|[\w-]{24,}|(?:[Oo]ne|[Tt]wo)-[Ss]ide'
)


class Answer(NamedTuple):
    status: int
    length: str
    body: bytes

    @property
    def errors(self):
        errors = orjson.loads(self.body).get("errors", [])
        return [(tuple(error.get("path", ())), orjson.dumps(error)) for error in errors]

    @property
    def data(self):
        return orjson.loads(self.body).get("data")


def difference(ours, theirs):
    """As for the odd schema: which of several errors below one null is told is left open."""
    if ours == theirs:
        return None
    alike = ours.status == theirs.status and orjson.dumps(ours.data) == orjson.dumps(theirs.data)
    return "told" if alike and told_alike(ours.errors, theirs.errors, theirs.data) else "answer"


class Still(Clock):
    """A clock that only goes when told to: how often it is read is nobody's answer."""

    def __call__(self):
        return self.now


class Side:
    """A house in which everything is done that is done in the other one."""

    def __init__(self, database, recorder, name, *, compiled):
        self.house, self.name = House(database, recorder, Hub()), name
        self.house.compiled, self.house.clock = compiled, Still()
        self.names: dict[bytes, int] = {}

    async def open(self, began):
        self.house.clock.now = began
        await self.house.open()
        owner = await self.house.organization(self.name)
        self.ids = await furnished(self.house, owner, Scope.PRODUCTS_READ)
        self.key = await self.house.key(owner)
        return self

    async def answer(self, text, variables):
        """The answer, with all that is drawn by lot numbered by its first appearance."""
        body = orjson.dumps({"query": text, "variables": variables, "operationName": "Run"})
        for noun, id in self.ids.items():
            body = body.replace(f"<{noun}>".encode(), id.encode())
        answer = await self.house.send(
            "POST",
            data=body,
            headers={
                "Content-Type": "application/json",
                "Authorization": f"Bearer {self.key.token}",
                "X-Request-Id": "the-same",
            },
        )
        self.house.clock.advance(seconds=1)
        # Anew for each answer: two that tell different errors show different ids.
        self.names.clear()
        shown = DRAWN.sub(self._numbered, orjson.dumps(answer.body))
        return Answer(answer.status, answer.headers["Content-Length"], shown)

    def _numbered(self, match):
        return b"#%d" % self.names.setdefault(match[0], len(self.names))


class Lot:
    """Draws one number after another, so that what is made in one instant is in the same order."""

    def __init__(self):
        self.drawn = count(1)

    def randbits(self, _bits):
        return next(self.drawn)


@pytest.fixture
async def sides(database, recorder, monkeypatch):
    monkeypatch.setattr(ids, "secrets", Lot())
    left = Side(database, recorder, "one-side", compiled=True)
    right = Side(database, recorder, "two-side", compiled=False)
    began = left.house.clock.now
    yield [await left.open(began), await right.open(began)]
    await asyncio.gather(left.house.close(), right.house.close())


def plausible(value):
    if isinstance(value, dict):
        return {
            name: PLAUSIBLE.get(name) if inner == "text" and name in PLAUSIBLE else plausible(inner)
            for name, inner in value.items()
        }
    return [plausible(item) for item in value] if isinstance(value, list) else value


def made_up(seed):
    known = [f"<{noun}>" for noun in NOUNS]
    operation = CoveredWriter(CORE, Random(seed), [*known, "other_1"]).operation()
    text = LITERAL.sub(lambda found: f'{found[1]}: "{PLAUSIBLE[found[1]]}"', operation.text)
    return text, plausible(operation.variables)


def is_covered(text):
    return compiled(text, "Run", CORE).obstacles == ()


@pytest.mark.parametrize("chunk", range(2))
async def test_both_ways_give_the_same_answers(sides, chunk):
    seen = Counter()
    for seed in range(chunk * OPERATIONS, (chunk + 1) * OPERATIONS):
        text, variables = made_up(seed)

        ours, theirs = [await side.answer(text, variables) for side in sides]

        seen[difference(ours, theirs)] += 1
        assert seen["answer"] == 0, (seed, text, variables)
        seen["covered"] += is_covered(text)
        seen["with data"] += ours.data is not None
        seen["with errors"] += ours.errors != []
    assert seen["covered"] == OPERATIONS
    assert seen["told"] < OPERATIONS * 0.25
    assert min(seen["with data"], seen["with errors"]) > OPERATIONS * 0.25
