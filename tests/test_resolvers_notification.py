"""Reading notifications and marking them."""

import pytest

from db.notification import NotificationCategory, NotificationStatus
from db.scope import Scope
from tests.keys import shown
from tests.told import (
    LIST,
    MADE_UP,
    MARK,
    MARK_ALL,
    SET,
    counted,
    listed,
    quiet_key,
    rows,
    tell,
)

OPERATIONS = {
    LIST: (Scope.NOTIFICATIONS_READ, {}),
    MARK: (Scope.NOTIFICATIONS_UPDATE, {"ids": [MADE_UP]}),
    MARK_ALL: (Scope.NOTIFICATIONS_UPDATE, {}),
    SET: (Scope.NOTIFICATIONS_UPDATE, {"id": MADE_UP, "status": "READ"}),
}


async def titles(house, key, **filter):
    """The titles of what fits, oldest first, as the list and its count agree on."""
    page = await listed(house, key, filter=filter)
    assert page["totalCount"] == len(page["nodes"])
    return [node["title"] for node in reversed(page["nodes"])]


async def test_what_was_told_is_listed_newest_first(house):
    key = await quiet_key(house)
    ids = await tell(house, key.organization, "One", "Two", category=NotificationCategory.SECURITY)
    at = [shown(row["created_at"]) for row in await rows(house, key.organization, "notification")]

    page = await listed(house, key)

    assert page["nodes"] == [
        {
            "id": id,
            "category": "SECURITY",
            "title": title,
            "body": f"{title}.",
            "status": "UNREAD",
            "createdAt": time,
            "readAt": None,
        }
        for id, title, time in zip(ids[::-1], ("Two", "One"), at[::-1], strict=True)
    ]
    assert [edge["node"]["id"] for edge in page["edges"]] == ids[::-1]
    assert (page["totalCount"], page["unreadCount"]) == (2, 2)


async def test_pages_go_both_ways(house):
    key = await quiet_key(house)
    ids = await tell(house, key.organization, *"ABCDE")

    first = await listed(house, key, first=2)
    rest = await listed(house, key, first=5, after=first["pageInfo"]["endCursor"])
    back = await listed(house, key, last=1, before=rest["pageInfo"]["startCursor"])

    assert [node["title"] for node in first["nodes"] + rest["nodes"]] == [*"EDCBA"]
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert [node["id"] for node in back["nodes"]] == [ids[3]]


async def test_status_and_category_filter_and_unread_are_counted_whatever_the_filter(house):
    key = await quiet_key(house)
    owner = key.organization
    await tell(house, owner, "Paid", category=NotificationCategory.INVOICES)
    ids = await tell(house, owner, "Hello", "Old", "Away")
    await house.ask(key, MARK, ids=[ids[2]])
    await house.ask(key, SET, id=ids[3], status="ARCHIVED")

    assert await titles(house, key) == ["Paid", "Hello", "Old", "Away"]
    assert await titles(house, key, status="UNREAD") == ["Paid", "Hello"]
    assert await titles(house, key, status="READ") == ["Old"]
    assert await titles(house, key, status="ARCHIVED") == ["Away"]
    assert await titles(house, key, category="INVOICES") == ["Paid"]
    assert await titles(house, key, category="SYSTEM", status="UNREAD") == ["Hello"]
    assert await titles(house, key, category="WEBHOOKS") == []
    assert (await listed(house, key, filter={"status": "READ"}))["unreadCount"] == 2


async def test_a_page_is_one_statement_and_each_count_another(house):
    key = await quiet_key(house)
    await tell(house, key.organization, "One")
    await listed(house, key)

    with house.counting() as plain:
        await house.ask(key, "{ notifications { nodes { title } } }")
    with house.counting() as whole:
        await listed(house, key)

    assert ["FROM notification" in statement for statement in plain] == [True]
    assert ["FROM tally" in statement for statement in whole] == [False, True, True]


async def test_only_what_is_there_and_unread_is_marked(house):
    key, other = await quiet_key(house), await quiet_key(house)
    ids = await tell(house, key.organization, "One", "Two", "Three", "Four")
    theirs = await tell(house, other.organization, "Theirs")
    await house.ask(key, SET, id=ids[2], status="ARCHIVED")
    wanted = [ids[0], ids[2], MADE_UP, *theirs, ids[0]]

    first = await house.ask(key, MARK, ids=wanted)
    read = await rows(house, key.organization, "notification")
    again = await house.ask(key, MARK, ids=wanted)

    assert first.data == {"markNotificationsRead": {"updated": 1, "unreadCount": 2}}
    assert again.data == {"markNotificationsRead": {"updated": 0, "unreadCount": 2}}
    assert [row["status"] for row in read] == ["READ", "UNREAD", "ARCHIVED", "UNREAD"]
    assert [row["read_at"] is not None for row in read] == [True, False, False, False]
    assert await rows(house, key.organization, "notification") == read
    assert await counted(house, key.organization) == (4, 2)
    assert await counted(house, other.organization) == (1, 1)


async def test_no_ids_mark_nothing(house):
    key = await quiet_key(house)
    await tell(house, key.organization, "One")

    answer = await house.ask(key, MARK, ids=[])

    assert answer.data == {"markNotificationsRead": {"updated": 0, "unreadCount": 1}}


@pytest.mark.parametrize(
    ("ids", "faults"),
    [
        (
            [MADE_UP, "key_1", ""],
            {
                "input.ids.1": "must be ntf_ and 26 letters or digits",
                "input.ids.2": "must be ntf_ and 26 letters or digits",
            },
        ),
        ([MADE_UP] * 101, {"input.ids": "must have at most 100 items"}),
    ],
)
async def test_ids_that_cannot_be_marked_are_named(house, ids, faults):
    key = await quiet_key(house)
    await tell(house, key.organization, "One")

    answer = await house.ask(key, MARK, ids=ids)

    assert answer.body["data"] == {"markNotificationsRead": None}
    assert answer.fields == faults
    assert await counted(house, key.organization) == (1, 1)


async def test_a_hundred_ids_are_marked_at_once(house):
    key = await quiet_key(house)
    ids = await tell(house, key.organization, *map(str, range(100)))

    answer = await house.ask(key, MARK, ids=ids)

    assert answer.data == {"markNotificationsRead": {"updated": 100, "unreadCount": 0}}


async def test_all_are_marked_or_those_of_one_category(house):
    key, other = await quiet_key(house), await quiet_key(house)
    owner = key.organization
    await tell(house, owner, "Paid", "Late", category=NotificationCategory.INVOICES)
    await tell(house, owner, "Hello", "Again")
    await tell(house, other.organization, "Theirs")

    some = await house.ask(key, MARK_ALL, category="INVOICES")
    rest = await house.ask(key, MARK_ALL)
    none = await house.ask(key, MARK_ALL, category=None)

    assert some.data == {"markAllNotificationsRead": {"updated": 2, "unreadCount": 2}}
    assert rest.data == {"markAllNotificationsRead": {"updated": 2, "unreadCount": 0}}
    assert none.data == {"markAllNotificationsRead": {"updated": 0, "unreadCount": 0}}
    assert await counted(house, owner) == (4, 0)
    assert await counted(house, other.organization) == (1, 1)


@pytest.mark.parametrize("after", NotificationStatus)
@pytest.mark.parametrize("before", NotificationStatus)
async def test_any_status_follows_any_other(house, before, after):
    key = await quiet_key(house)
    [id] = await tell(house, key.organization, "One")
    was = (await house.ask(key, SET, id=id, status=before)).data["setNotificationStatus"]

    began = house.clock()
    done = (await house.ask(key, SET, id=id, status=after)).data["setNotificationStatus"]

    [row] = await rows(house, key.organization, "notification")
    if row["read_at"] and not was["notification"]["readAt"]:
        assert began < row["read_at"] < house.clock()
    now = row["read_at"] and shown(row["read_at"])
    read_at = {"UNREAD": None, "READ": was["notification"]["readAt"] or now}
    assert done["notification"]["status"] == after
    assert done["notification"]["readAt"] == read_at.get(after, was["notification"]["readAt"])
    assert (await listed(house, key))["nodes"] == [done["notification"]]
    assert await counted(house, key.organization) == (1, 1 if after == "UNREAD" else 0)


async def test_another_organization_s_notification_cannot_be_set(house):
    key, other = await quiet_key(house), await quiet_key(house)
    [theirs] = await tell(house, other.organization, "Theirs")

    refused = await house.ask(key, SET, id=theirs, status="READ")
    malformed = await house.ask(key, SET, id="key_1", status="READ")

    assert (refused.codes, refused.body["data"]) == (["NOT_FOUND"], {"setNotificationStatus": None})
    assert malformed.fields == {"input.id": "must be ntf_ and 26 letters or digits"}
    assert await counted(house, other.organization) == (1, 1)


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_each_operation_needs_its_scope(house, operation):
    scope, variables = OPERATIONS[operation]
    owner = await house.organization()
    key = await quiet_key(house, owner, scopes=set(Scope) - {scope})
    await tell(house, owner, "One")

    refused = await house.ask(key, operation, **variables)
    unknown = await house.ask(None, operation, **variables)

    assert (refused.status, refused.error["extensions"]["missing"]) == (403, [scope])
    assert (unknown.status, unknown.codes) == (401, ["UNAUTHENTICATED"])
    assert await counted(house, owner) == (1, 1)
