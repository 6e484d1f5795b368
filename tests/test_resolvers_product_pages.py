"""Pages of products: walked in both directions, and what no page can answer."""

import base64

import orjson
import pytest

import db.product_change
from db.actor import OPERATOR, Origin
from tests.shop import LIST_PRODUCTS, listed, sell

BY_NAME = {"by": "NAME"}
NAMES = ["tea", "Éclair", "TEA", "éclair", "Tea", "зелень", "Ёж", "ёж", "apple", "Zebra", "tea"]
NOT_A_CURSOR = "is not a cursor; take one from a page of this list"
ANOTHERS = "is a cursor of another list, filter or order"


@pytest.fixture
async def shop(house):
    """A key of an organization whose products have names that are hard to sort."""
    key, other = await house.key(), await house.key()
    for name in NAMES:
        await sell(house, key.organization, name)
        await sell(house, other.organization, name)
    return key


async def walked(house, key, size, *, backward=False, **ask):
    """All nodes of a list, page by page; what each page says of its surroundings is checked."""
    pages, cursor = [], None
    while True:
        bounds = {"last": size, "before": cursor} if backward else {"first": size, "after": cursor}
        page = await listed(house, key, **bounds, **ask)
        info = page["pageInfo"]
        assert [edge["node"]["id"] for edge in page["edges"]] == [n["id"] for n in page["nodes"]]
        assert info["startCursor"] == page["edges"][0]["cursor"]
        assert info["endCursor"] == page["edges"][-1]["cursor"]
        assert info["hasNextPage" if backward else "hasPreviousPage"] is (cursor is not None)
        pages.append(page["nodes"])
        if not info["hasPreviousPage" if backward else "hasNextPage"]:
            break
        cursor = info["startCursor" if backward else "endCursor"]
    if backward:
        pages.reverse()
    else:
        assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)
    return [node for page in pages for node in page]


@pytest.mark.parametrize("size", [0, 1, 3, len(NAMES), len(NAMES) + 1])
@pytest.mark.parametrize("side", ["first", "last"])
async def test_rows_alone_are_those_of_a_page_that_tells_of_more(house, shop, side, size):
    # Where nobody asks whether there are more, no more are read.
    query = "query ($size: Int) { products(%s: $size) { nodes { name } %s } }"
    alone = (await house.ask(shop, query % (side, ""), size=size)).data["products"]
    told = "pageInfo { hasNextPage hasPreviousPage }"
    more = (await house.ask(shop, query % (side, told), size=size)).data["products"]

    assert alone["nodes"] == more["nodes"]
    assert len(alone["nodes"]) == min(size, len(NAMES))
    there = more["pageInfo"]["hasNextPage" if side == "first" else "hasPreviousPage"]
    assert there is (size < len(NAMES))


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("by", ["CREATED_AT", "NAME"])
async def test_pages_of_any_size_walk_the_whole_list(house, shop, by, direction, backward):
    order = {"by": by, "direction": direction}
    whole = (await listed(house, shop, first=100, order=order))["nodes"]

    if by == "NAME":
        expected = sorted((name.lower() for name in NAMES), key=str.encode)
        names = [node["name"].lower() for node in whole]
    else:
        expected, names = NAMES, [node["name"] for node in whole]
    assert names == (expected if direction == "ASC" else expected[::-1])
    assert len({node["id"] for node in whole}) == len(NAMES)
    for size in (1, 2, 3, 5, 11, 12):
        assert await walked(house, shop, size, backward=backward, order=order) == whole


async def test_filtered_lists_are_walked_too(house):
    key = await house.key()
    for place in range(7):
        await sell(house, key.organization, f"Tea {place}", active=place % 2 == 0)
    filter = {"active": True, "search": "tea"}

    for backward in (False, True):
        nodes = await walked(house, key, 2, backward=backward, filter=filter, order=BY_NAME)
        assert [node["name"] for node in nodes] == ["Tea 0", "Tea 2", "Tea 4", "Tea 6"]


async def test_a_page_has_20_unless_told_and_100_at_most(house):
    key = await house.key()
    for place in range(101):
        await sell(house, key.organization, str(place))

    names = [node["name"] for node in (await listed(house, key))["nodes"]]
    most = await listed(house, key, first=100)

    assert names == [str(place) for place in range(100, 80, -1)]
    assert len(most["nodes"]) == 100
    assert most["pageInfo"]["hasNextPage"] is True
    assert len((await listed(house, key, last=100))["nodes"]) == 100


@pytest.mark.parametrize("order", [None, BY_NAME])
async def test_after_and_before_together_bound_a_page(house, shop, order):
    whole = await listed(house, shop, first=100, order=order)
    cursors = [edge["cursor"] for edge in whole["edges"]]
    inner = {"after": cursors[2], "before": cursors[8], "order": order}

    some = await listed(house, shop, first=100, **inner)
    assert some["nodes"] == whole["nodes"][3:8]
    assert (some["pageInfo"]["hasPreviousPage"], some["pageInfo"]["hasNextPage"]) == (True, False)
    some = await listed(house, shop, first=2, **inner)
    assert some["nodes"] == whole["nodes"][3:5]
    assert (some["pageInfo"]["hasPreviousPage"], some["pageInfo"]["hasNextPage"]) == (True, True)
    some = await listed(house, shop, last=2, **inner)
    assert some["nodes"] == whole["nodes"][6:8]
    assert (some["pageInfo"]["hasPreviousPage"], some["pageInfo"]["hasNextPage"]) == (True, True)
    crossed = {"after": cursors[8], "before": cursors[2], "order": order}
    assert (await listed(house, shop, **crossed))["nodes"] == []


async def test_a_page_of_none_tells_whether_there_is_something(house, shop):
    empty = await house.key()
    info = {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None}

    page = await listed(house, shop, first=0)
    assert (page["nodes"], page["pageInfo"]) == ([], {**info, "hasNextPage": True})
    page = await listed(house, shop, last=0)
    assert (page["nodes"], page["pageInfo"]) == ([], {**info, "hasPreviousPage": True})
    page = await listed(house, empty)
    assert (page["nodes"], page["edges"], page["pageInfo"]) == ([], [], info)


async def test_a_cursor_outlives_its_row_and_the_longest_name(house):
    key = await house.key()
    rows = [await sell(house, key.organization, "\x01" * 199 + name) for name in "abc"]
    page = await listed(house, key, first=2, order=BY_NAME)
    async with house.database.transaction() as connection:
        origin = Origin(OPERATOR, house.clock())
        await db.product_change.delete(connection, key.organization, origin, rows[1].id)

    rest = await listed(house, key, after=page["pageInfo"]["endCursor"], order=BY_NAME)

    assert [node["id"] for node in rest["nodes"]] == [rows[2].typeid]


@pytest.mark.parametrize(
    ("ask", "fields"),
    [
        ({"first": 1001}, {"first": "must be from 0 to 100"}),
        ({"first": 101}, {"first": "must be from 0 to 100"}),
        ({"first": -1}, {"first": "must be from 0 to 100"}),
        ({"last": 101}, {"last": "must be from 0 to 100"}),
        ({"last": -1}, {"last": "must be from 0 to 100"}),
        (
            {"first": 1, "last": 1},
            {"first": "give first or last, not both", "last": "give first or last, not both"},
        ),
        ({"after": ""}, {"after": NOT_A_CURSOR}),
        ({"before": "tea"}, {"before": NOT_A_CURSOR}),
        ({"after": "\0"}, {"after": NOT_A_CURSOR}),
        ({"after": "é" * 3000}, {"after": NOT_A_CURSOR}),
        (
            {"first": 101, "after": "x", "before": "y"},
            {"first": "must be from 0 to 100", "after": NOT_A_CURSOR, "before": NOT_A_CURSOR},
        ),
        ({"filter": {"search": " "}}, {"filter.search": "must not be empty"}),
        ({"filter": {"search": "\0"}}, {"filter.search": "must not contain the character NUL"}),
        (
            {"filter": {"search": "x" * 201}},
            {"filter.search": "must have at most 200 characters"},
        ),
        ({"filter": {"sku": "\0"}}, {"filter.sku": "must not contain the character NUL"}),
    ],
)
async def test_what_no_page_can_answer_is_refused(house, ask, fields):
    key = await house.key()

    answer = await house.ask(key, LIST_PRODUCTS, **ask)

    assert (answer.status, answer.codes) == (200, ["INVALID_INPUT"])
    assert answer.fields == fields
    assert answer.body["data"] is None


async def test_a_cursor_is_good_for_its_own_list_only(house, shop):
    invoices = "query($after: String) { invoices(after: $after) { nodes { id } } }"
    other = await house.key()
    for name in "ab":
        await sell(house, other.organization, name)
    cursor = (await listed(house, shop, first=1, filter={"active": True}))["edges"][0]["cursor"]
    named = (await listed(house, shop, first=1, order=BY_NAME))["edges"][0]["cursor"]
    plain = (await listed(house, shop, first=1))["edges"][0]["cursor"]

    refused = [
        await house.ask(shop, LIST_PRODUCTS, after=cursor),
        await house.ask(shop, LIST_PRODUCTS, after=cursor, filter={"active": False}),
        await house.ask(shop, LIST_PRODUCTS, after=cursor, filter={"active": True, "sku": "x"}),
        await house.ask(shop, LIST_PRODUCTS, after=named),
        await house.ask(shop, LIST_PRODUCTS, after=named, order={**BY_NAME, "direction": "DESC"}),
        await house.ask(shop, LIST_PRODUCTS, after=plain, order=BY_NAME),
        await house.ask(shop, LIST_PRODUCTS, after=plain, order={"by": "CREATED_AT"}),
        await house.ask(other, LIST_PRODUCTS, after=plain),
        await house.ask(shop, invoices, after=plain),
    ]

    assert [answer.codes for answer in refused] == [["INVALID_INPUT"]] * 9
    assert [answer.fields for answer in refused] == [{"after": ANOTHERS}] * 9
    assert len((await listed(house, shop, after=plain))["nodes"]) == 10


@pytest.mark.parametrize("value", ["a\0", 5, True, [], {}, ["tea"]])
async def test_a_cursor_with_another_value_inside_is_refused(house, shop, value):
    """What is in a cursor is no secret, so it can be written anew."""
    for order, own in ((None, None), (BY_NAME, "tea")):
        made = (await listed(house, shop, first=1, order=order))["edges"][0]["cursor"]
        mark, _, id = orjson.loads(base64.urlsafe_b64decode(made + "=="))
        for inside, is_good in ((value, False), (own, True)):
            text = base64.urlsafe_b64encode(orjson.dumps([mark, inside, id])).decode()
            answer = await house.ask(shop, LIST_PRODUCTS, after=text.rstrip("="), order=order)
            assert answer.status == 200
            assert is_good or answer.fields == {"after": ANOTHERS}
            assert ("errors" not in answer.body) is is_good
