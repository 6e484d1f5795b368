"""Rows that are left to the JSON writer reach clients by every way that an answer can take."""

from contextlib import asynccontextmanager

import pytest

from db.scope import Scope
from tests.furnished import furnished
from tests.socket_parts import connected
from tests.stream_parts import begun
from tests.told_parts import notified

LISTED = "{ invoices { nodes { lines { quantity } } } }"
FOLLOW = """subscription { notificationAdded {
  subject { id ... on Invoice { lines { quantity } } } } }"""
LINES = [{"quantity": 2}]


@pytest.fixture(autouse=True)
def no_list_is_short(monkeypatch):
    monkeypatch.setattr("execution.compiled.shapes.LATE_FROM", 1)


@asynccontextmanager
async def by_socket(house, key):
    async with connected(house, key) as client:
        await client.subscribe("1", FOLLOW)
        await client.settled()

        async def told():
            return (await client.receive())["payload"]

        yield told


@asynccontextmanager
async def by_events(house, key):
    async with begun(house, key, FOLLOW) as stream:

        async def told():
            return (await stream.receive())[1]

        yield told


@pytest.mark.parametrize("way", [by_socket, by_events])
async def test_an_event_may_hold_long_lists(house, way):
    key = await house.key()
    invoice = (await furnished(house, key.organization, Scope.PRODUCTS_READ))["Invoice"]
    async with way(house, key) as told:
        await notified(house.database, key.organization, house.clock(), subject_id=invoice)

        shown = {"notificationAdded": {"subject": {"id": invoice, "lines": LINES}}}
        assert await told() == {"data": shown}


async def test_a_query_by_socket_may_have_long_lists(house):
    key = await house.key()
    await furnished(house, key.organization, Scope.PRODUCTS_READ)
    async with connected(house, key) as client:
        await client.subscribe("1", LISTED)

        data = {"invoices": {"nodes": [{"lines": LINES}]}}
        assert await client.receive() == {"type": "next", "id": "1", "payload": {"data": data}}
    assert (await house.ask(key, LISTED)).data == data
