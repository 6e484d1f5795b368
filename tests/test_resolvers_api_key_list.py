"""Lists of API keys: filters, search, pages and counts."""

from datetime import timedelta

import pytest

from access.token import parse
from tests.keys import created, revoked, shown

LIST = """query($filter: ApiKeyFilter, $first: Int, $after: String, $last: Int, $before: String) {
  apiKeys(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
    nodes { name } edges { cursor node { name } } totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
FILTERS = {
    "none": ({}, ["Till", "Old", "Gone", "Shop 100%", "Owner"]),
    "active": ({"status": "ACTIVE"}, ["Till", "Shop 100%", "Owner"]),
    "expired": ({"status": "EXPIRED"}, ["Old"]),
    "revoked": ({"status": "REVOKED"}, ["Gone"]),
    "environment": ({"environment": "production"}, ["Till", "Shop 100%"]),
    "another case of an environment": ({"environment": "Production"}, []),
    "scope, by full access too": ({"scope": "PRODUCTS_READ"}, ["Old", "Shop 100%", "Owner"]),
    "scope that full access alone has": ({"scope": "WEBHOOKS_READ"}, ["Old", "Owner"]),
    "full access": ({"fullAccess": True}, ["Old", "Owner"]),
    "no full access": ({"fullAccess": False}, ["Till", "Gone", "Shop 100%"]),
    "name without case": ({"search": "sHoP"}, ["Till", "Shop 100%"]),
    "description": ({"search": "beside the DOOR"}, ["Till"]),
    "part of an environment": ({"search": "roduct"}, ["Till", "Shop 100%"]),
    "no wildcard": ({"search": "%"}, ["Shop 100%"]),
    "nothing": ({"search": "_"}, []),
    "all at once": (
        {
            "status": "ACTIVE",
            "environment": "production",
            "scope": "INVOICES_READ",
            "fullAccess": False,
            "search": "door",
        },
        ["Till"],
    ),
}


@pytest.fixture
async def caller(house):
    """A key of an organization that has four more."""
    owner = await house.key(name="Owner")
    shop = {"environment": "production", "scopes": ["PRODUCTS_READ", "INVOICES_READ"]}
    await created(house, owner, name="Shop 100%", **shop)
    gone = await created(house, owner, name="Gone", scopes=["INVOICES_READ"])
    soon = house.clock.now + timedelta(seconds=1)
    await created(house, owner, name="Old", expiresAt=shown(soon))
    till = {"description": "In the shop, beside the door.", "environment": "production"}
    await created(house, owner, name="Till", scopes=["INVOICES_READ"], **till)
    await revoked(house, owner, gone["apiKey"]["id"])
    house.clock.advance(seconds=1)
    return owner


async def listed(house, key, **asked):
    return (await house.ask(key, LIST, **asked)).data["apiKeys"]


def names(page):
    return [node["name"] for node in page["nodes"]]


@pytest.mark.parametrize(("filter", "expected"), FILTERS.values(), ids=FILTERS)
async def test_filters_narrow_the_list(house, caller, filter, expected):
    page = await listed(house, caller, filter=filter)

    assert (names(page), page["totalCount"]) == (expected, len(expected))


async def test_a_key_is_found_by_the_public_part_of_its_token(house, caller):
    page = await listed(house, caller, filter={"search": parse(caller.token).id[2:9].swapcase()})

    assert names(page) == ["Owner"]


async def test_pages_follow_each_other_forward(house, caller):
    first = await listed(house, caller, first=2)
    second = await listed(house, caller, first=2, after=first["pageInfo"]["endCursor"])
    third = await listed(house, caller, first=2, after=second["pageInfo"]["endCursor"])

    pages = [first, second, third]
    assert [names(page) for page in pages] == [["Till", "Old"], ["Gone", "Shop 100%"], ["Owner"]]
    assert [page["pageInfo"]["hasNextPage"] for page in pages] == [True, True, False]
    assert [page["pageInfo"]["hasPreviousPage"] for page in pages] == [False, True, True]
    assert [page["totalCount"] for page in pages] == [5, 5, 5]
    edges = second["edges"]
    assert [edge["node"]["name"] for edge in edges] == ["Gone", "Shop 100%"]
    assert [edges[0]["cursor"], edges[1]["cursor"]] == [
        second["pageInfo"]["startCursor"],
        second["pageInfo"]["endCursor"],
    ]


async def test_pages_follow_each_other_backward(house, caller):
    last = await listed(house, caller, last=2)
    middle = await listed(house, caller, last=2, before=last["pageInfo"]["startCursor"])

    assert [names(last), names(middle)] == [["Shop 100%", "Owner"], ["Old", "Gone"]]
    assert last["pageInfo"]["hasPreviousPage"] is True
    assert last["pageInfo"]["hasNextPage"] is False
    assert middle["pageInfo"]["hasNextPage"] is True


async def test_an_empty_page_has_no_cursors(house, caller):
    page = await listed(house, caller, first=0)

    assert (page["nodes"], page["edges"], page["totalCount"]) == ([], [], 5)
    assert page["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": None,
        "endCursor": None,
    }


@pytest.mark.parametrize(
    ("asked", "faults"),
    [
        ({"first": 1001}, {"first": "must be from 0 to 100"}),
        ({"last": 101}, {"last": "must be from 0 to 100"}),
        ({"first": -1}, {"first": "must be from 0 to 100"}),
        (
            {"first": 1, "last": 1},
            {"first": "give first or last, not both", "last": "give first or last, not both"},
        ),
        ({"after": "x"}, {"after": "is not a cursor; take one from a page of this list"}),
        ({"before": "W10"}, {"before": "is not a cursor; take one from a page of this list"}),
        ({"filter": {"search": " "}}, {"filter.search": "must not be empty"}),
        (
            {"filter": {"search": "a\0"}},
            {"filter.search": "must not contain the character NUL"},
        ),
        (
            {"filter": {"environment": "x" * 65}},
            {"filter.environment": "must have at most 64 characters"},
        ),
    ],
)
async def test_pages_that_cannot_be(house, asked, faults):
    answer = await house.ask(await house.key(), LIST, **asked)

    assert (answer.status, answer.codes, answer.fields) == (200, ["INVALID_INPUT"], faults)


async def test_a_cursor_is_good_for_its_filter_alone(house, caller):
    page = await listed(house, caller, filter={"status": "ACTIVE"}, first=1)
    cursor = page["pageInfo"]["endCursor"]

    answer = await house.ask(caller, LIST, after=cursor)

    assert answer.fields == {"after": "is a cursor of another list, filter or order"}
    same = await listed(house, caller, filter={"status": "ACTIVE"}, first=1, after=cursor)
    assert names(same) == ["Shop 100%"]
