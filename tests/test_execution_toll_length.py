"""A long answer is paid for by its length, besides its items."""

import orjson
import pytest

import execution.reading
import execution.toll
from access.budget import Budgets
from execution.toll import SHORT_BYTES, UNIT_BYTES
from tests.shop import CREATE_PRODUCT, TEA
from tests.socket_parts import COUNT, connected, opened
from tests.stream_parts import COMPLETE, begun
from tests.test_access_budget import known

LONG = "{ products(first: 20) { nodes { metadata } } }"


def remaining(answer):
    return int(answer.headers["RateLimit"].partition("r=")[2].partition(";")[0])


async def test_each_unit_of_it_costs_1(closed_house):
    closed_house.budgets = Budgets(1, 100_000, clock=lambda: 0.0)
    house = await closed_house.open()
    key = await house.key()
    product = {**TEA, "metadata": {f"k{number}": "x" * 500 for number in range(50)}}
    for _ in range(4):
        await house.ask(key, CREATE_PRODUCT, input=product)
    before = remaining(await house.ask(key, LONG))
    answer = await house.ask(key, LONG)
    length = int(answer.headers["Content-Length"])

    assert length > SHORT_BYTES + UNIT_BYTES
    assert before - remaining(answer) == 30 + (length - SHORT_BYTES) // UNIT_BYTES


@pytest.fixture
async def house(closed_house, monkeypatch):
    """A house where reading a document costs 1, and each ten bytes of an answer as much."""
    monkeypatch.setattr(execution.reading, "thread_time", lambda: 0.0)
    monkeypatch.setattr(execution.toll, "SHORT_BYTES", 0)
    monkeypatch.setattr(execution.toll, "UNIT_BYTES", 10)
    closed_house.budgets = Budgets(1, 1_000, clock=lambda: 0.0)
    return await opened(closed_house, monkeypatch)


async def test_what_a_socket_is_sent_costs_by_its_length_too(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", "query($n: Int!) { long(length: $n) }", n=500)
        message, _ = await client.received(2)

    spent = 1_000 - house.budgets.level(known(key.uuid)).remaining
    assert spent == 1 + 10 + len(orjson.dumps(message)) // 10


async def test_so_do_the_events_of_a_stream(house):
    key = await house.key()
    async with begun(house, key, COUNT, to=2) as stream:
        assert (await stream.rest())[-1] == COMPLETE

    event = b'event: next\ndata: {"data":{"counted":0}}\n\n'
    spent = 1_000 - house.budgets.level(known(key.uuid)).remaining
    assert spent == 1 + 50 + 2 * (10 + len(event) // 10)
