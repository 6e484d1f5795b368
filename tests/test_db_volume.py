"""How much memory rows take."""

from decimal import Decimal
from sys import getsizeof

import db.product_change
from db import product
from db.actor import OPERATOR, Origin
from db.volume import volume

STATED = {"name": "A", "price_amount": Decimal(1), "price_currency": "EUR"}


async def rows(house, owner, **more):
    origin = Origin(OPERATOR, house.clock())
    async with house.database.transaction() as connection:
        made = await db.product_change.create(connection, owner, origin, {**STATED, **more})
        return [await product.find(connection, owner, made.id)]


async def test_texts_and_all_that_json_holds_are_counted(house):
    key = await house.key()
    small = volume(await rows(house, key.organization))
    long = volume(await rows(house, key.organization, description="x" * 2_000))
    labels = {f"k{n}": "\N{GRINNING FACE}" * 500 for n in range(10)}
    rich = volume(await rows(house, key.organization, labels=labels))

    assert 200 < small < 2_000
    assert 2_000 <= long - small < 2_100
    assert 10 * 4 * 500 <= rich - small < 2 * 10 * 4 * 500


async def test_lists_of_rows_are_counted_and_what_is_not_there_takes_nothing(house):
    key = await house.key()
    [row] = await rows(house, key.organization)

    assert volume([[row, row], None, []]) == 2 * volume([row]) > 0
    assert volume(["x" * 1_000, None]) == getsizeof("x" * 1_000)
    # Where some failed there is no less of the others.
    assert volume([row, ValueError(), "x" * 1_000]) == volume([row]) + volume(["x" * 1_000])


async def test_json_may_be_deep(house):
    deep: object = "x"
    for _ in range(200):
        deep = [deep]
    async with house.database.reading() as connection:
        row = await connection.fetchrow("SELECT $1::jsonb", deep)

    assert volume([row]) > 200 * 50
