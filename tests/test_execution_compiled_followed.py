"""The real subscriptions on a real database: the same messages, whichever way events are shown."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from random import Random

import orjson
import pytest

from db.errors import Unavailable
from db.scope import Scope
from resolvers.root import api
from schema.nested import Nested
from tests.compared import CoveredWriter, compiled, told_alike
from tests.followed import subscription
from tests.furnished import furnished
from tests.house import Clock, House
from tests.socket_parts import connected
from tests.told_parts import delivered, notified

# graphql-core leaves coroutines behind where a null cuts siblings off; a program doesn't.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.usefixtures("collected"),
]
CORE = api._schema
OPERATIONS = 80
FIELDS = ("notificationAdded", "webhookDeliveryUpdated")
SUBJECTS = ("ApiKey", "Invoice", "Product", "Webhook")
LACKING = {Scope.INVOICES_READ, Scope.WEBHOOKS_READ}
LOADED = {"subject", "webhook", "attempts", "payload"}


class Still(Clock):
    """A clock that doesn't go, so that it makes no difference how often it is read."""

    def __call__(self):
        return self.now


class Away:
    """Fields for which nothing can be loaded, as if the database were away for a moment."""

    def __init__(self, monkeypatch):
        self.names = set()
        found = Nested.found

        async def found_or_away(form, ids, context, reads=None, **more):
            if form.id_of.__name__ in self.names:
                return [Unavailable(f"No {form.id_of.__name__} for now.")] * len(ids)
            return await found(form, ids, context, reads, **more)

        monkeypatch.setattr(Nested, "found", found_or_away)


@pytest.fixture
async def houses(database, recorder, hub):
    """Two on one database, who hear the same news; one of them compiles nothing."""
    ours, theirs = House(database, recorder, hub), House(database, recorder, hub)
    ours.clock = theirs.clock = Still()
    theirs.peppers, theirs.compiled = ours.peppers, False
    yield [await ours.open(), await theirs.open()]
    await asyncio.gather(ours.close(), theirs.close())


async def follow(client, id, operation):
    """What comes before anything has happened: nothing, or why it is refused."""
    sent = {"query": operation.text, "variables": operation.variables, "operationName": "Run"}
    await client.send("subscribe", id=id, payload=sent)
    await client.send("ping")
    came = []
    while not came or came[-1]["type"] != "pong":
        came.append(await client.receive())
    return came[:-1]


def alike(ours, theirs):
    """Which of several errors below one null is told is left open by the specification."""
    shown, wanted = [
        [(tuple(error["path"]), orjson.dumps(error)) for error in payload.get("errors", ())]
        for payload in (ours, theirs)
    ]
    is_same = orjson.dumps(ours["data"]) == orjson.dumps(theirs["data"])
    return is_same and told_alike(shown, wanted, theirs["data"])


async def happen(house, key, field, ids, random):
    if field == "webhookDeliveryUpdated":
        await delivered(house, key, ids["Webhook"])
        return
    subject = random.choice([None, *(ids[noun] for noun in SUBJECTS)])
    await notified(house.database, key.organization, house.clock(), subject_id=subject)


async def told(pair, id, operation, news):
    """What both clients of a pair are told of the news; None where they are refused alike."""
    refusals = [await follow(client, id, operation) for client in pair]
    assert refusals[0] == refusals[1], operation
    if refusals[0]:
        return None
    await happen(*news)
    payloads = [(await client.receive())["payload"] for client in pair]
    for client in pair:
        await client.send("complete", id=id)
        await client.settled()
    return payloads


async def test_both_ways_tell_the_same(houses, monkeypatch):
    away, seen = Away(monkeypatch), Counter()
    owner = await houses[0].organization()
    ids = await furnished(houses[0], owner, Scope.PRODUCTS_READ)
    keys = [await houses[0].key(owner), await houses[0].key(owner, set(Scope) - LACKING)]
    async with AsyncExitStack() as sockets:
        pairs = [
            [await sockets.enter_async_context(connected(house, key)) for house in houses]
            for key in keys
        ]
        for seed in range(OPERATIONS):
            random, which, field = Random(seed), seed % 2, FIELDS[seed // 2 % 2]
            operation = subscription(CoveredWriter(CORE, random, [ids["Webhook"]]), field)
            assert compiled(operation.text, "Run", CORE).obstacles == ()
            away.names = LOADED if seed % 3 else set()
            news = (houses[0], keys[which], field, ids, random)

            payloads = await told(pairs[which], str(seed), operation, news)

            assert payloads is None or alike(*payloads), operation
            seen[field if payloads else "refused"] += 1
            seen["with errors"] += bool(payloads and "errors" in payloads[0])
    assert 0 < seen["refused"] < OPERATIONS / 8
    assert min(seen[field] for field in FIELDS) > OPERATIONS / 4
    assert seen["with errors"] > OPERATIONS / 8
