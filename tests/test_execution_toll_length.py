"""A long answer is paid for by its length, besides its items."""

from access.budget import Budgets
from execution.toll import SHORT_BYTES, UNIT_BYTES
from tests.shop import CREATE_PRODUCT, TEA

LONG = "{ products(first: 20) { nodes { metadata } } }"


def remaining(answer):
    return int(answer.headers["RateLimit"].partition("r=")[2].partition(";")[0])


async def test_each_unit_of_it_costs_1(closed_house):
    closed_house.budgets = Budgets(1, 1_000, clock=lambda: 0.0)
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
