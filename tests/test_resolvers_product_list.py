"""Lists of products: what they are filtered and ordered by, and how many there are."""

import asyncio

import pytest

import db.product_change
from db.actor import OPERATOR, Origin
from tests.shop import COUNT_PRODUCTS, CREATE_PRODUCT, TEA, found, listed, sell

BY_NAME = {"by": "NAME"}
NAMES = ["tea", "Éclair", "TEA", "éclair", "Tea", "зелень", "Ёж", "ёж", "apple", "Zebra", "tea"]


@pytest.fixture
async def shop(house):
    """A key of an organization whose products have names that are hard to sort."""
    key, other = await house.key(), await house.key()
    for name in NAMES:
        await sell(house, key.organization, name)
        await sell(house, other.organization, name)
    return key


async def test_equal_names_are_ordered_by_time(house, shop):
    rising = await listed(house, shop, first=100, order=BY_NAME)
    falling = await listed(house, shop, first=100, order={**BY_NAME, "direction": "DESC"})

    teas = [node["name"] for node in rising["nodes"] if node["name"].lower() == "tea"]
    assert teas == ["tea", "TEA", "Tea", "tea"]
    assert falling["nodes"] == rising["nodes"][::-1]


async def test_newest_come_first_unless_ordered_otherwise(house, shop):
    plain = await listed(house, shop)

    assert [node["name"] for node in plain["nodes"]] == NAMES[::-1]
    assert plain["nodes"] == (await listed(house, shop, order=None, first=None))["nodes"]
    rising = await listed(house, shop, order={"by": "CREATED_AT"})
    assert plain["nodes"] == rising["nodes"][::-1]


async def test_active_filters(house):
    key = await house.key()
    await sell(house, key.organization, "Tea")
    await sell(house, key.organization, "Coffee", active=False)

    assert await found(house, key, active=True) == ["Tea"]
    assert await found(house, key, active=False) == ["Coffee"]
    assert await found(house, key, active=None) == ["Tea", "Coffee"]


async def test_sku_filters_exactly(house):
    key, other = await house.key(), await house.key()
    for sku in ("tea-1", "TEA-1", "tea-10", None):
        await sell(house, key.organization, str(sku), sku=sku)
    await sell(house, other.organization, "theirs", sku="tea-1")

    assert await found(house, key, sku="tea-1") == ["tea-1"]
    assert await found(house, key, sku=" tea-1 ") == ["tea-1"]
    assert await found(house, key, sku="tea") == []
    assert await found(house, key, sku="tea-1", active=False) == []


GOODS = [
    {"name": "Green TEA"},
    {"name": "50% off_all", "description": "Everything"},
    {"name": "a_b"},
    {"name": "axb"},
    {"name": "C:\\new"},
    {"name": "Жёлтый"},
    {"name": "Entrée"},
    {"name": "Sack", "sku": "SKU-Ж7"},
    {"name": "Cup", "description": "for tea"},
]
SEARCHES = {
    "tea": ["Green TEA", "Cup"],
    "TEA": ["Green TEA", "Cup"],
    " n t ": ["Green TEA"],
    "every": ["50% off_all"],
    "%": ["50% off_all"],
    "_": ["50% off_all", "a_b"],
    "\\": ["C:\\new"],
    ":\\N": ["C:\\new"],
    "5%o": [],
    "a%b": [],
    "a_b": ["a_b"],
    "жёл": ["Жёлтый"],
    "ЖЁЛТЫЙ": ["Жёлтый"],
    "É": ["Entrée"],
    "sku-ж": ["Sack"],
    "'; --": [],
}


async def test_search_finds_parts_without_case_and_takes_nothing_for_a_pattern(house):
    key, other = await house.key(), await house.key()
    for product in GOODS:
        await sell(house, key.organization, **product)
    await sell(house, other.organization, "tea every 50% a_b \\ :\\N Жёлтый É", sku="SKU-Ж")

    assert {search: await found(house, key, search=search) for search in SEARCHES} == SEARCHES


async def test_the_count_is_exact_beside_writers(house):
    key = await house.key()
    rows = [await sell(house, key.organization, str(place)) for place in range(10)]

    async def drop(row):
        async with house.database.transaction() as connection:
            origin = Origin(OPERATOR, house.clock())
            await db.product_change.delete(connection, key.organization, origin, row.id)

    await asyncio.gather(
        *[house.ask(key, CREATE_PRODUCT, input=TEA) for _ in range(15)],
        *[drop(row) for row in rows[:7]],
        *[house.ask(key, CREATE_PRODUCT, input={**TEA, "name": ""}) for _ in range(3)],
    )

    assert len(await found(house, key)) == 18
    assert await found(house, await house.key()) == []


async def test_the_count_of_the_whole_list_reads_a_tally_and_only_if_asked(house):
    key = await house.key()
    await house.ask(key, "{ viewer { ip } }")

    with house.counting() as plain:
        await listed(house, key)
    with house.counting() as whole:
        await house.ask(key, COUNT_PRODUCTS)
    with house.counting() as filtered:
        await house.ask(key, COUNT_PRODUCTS, filter={"active": True})

    assert ["FROM product" in statement for statement in plain] == [True]
    assert ["FROM tally" in statement for statement in whole] == [False, True]
    assert not any("count(" in statement for statement in plain + whole)
    assert ["count(" in statement for statement in filtered] == [False, True]
    assert not any("OFFSET" in statement for statement in plain + whole + filtered)
