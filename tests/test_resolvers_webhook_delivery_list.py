"""Pages of the queue: whatever is asked for, each is a slice of all that fits."""

from datetime import timedelta
from itertools import combinations

import pytest

from db.event_type import EventType
from tests.hooks import (
    LIST_DELIVERIES,
    MADE_UP,
    deliveries,
    happen,
    hook,
    later,
    read,
    rows,
    set_to,
)

STATUSES = ("PENDING", "DELIVERED", "FAILED", "CANCELLED")
TYPES = (EventType.INVOICE_PAID, EventType.PRODUCT_CREATED, EventType.WEBHOOK_TEST)
ALL = """SELECT id, webhook_id, status, event_type, created_at FROM webhook_delivery
  WHERE organization_id = $1 ORDER BY id DESC"""


@pytest.fixture
async def key(house):
    return await house.key()


async def queue(house, key):
    """Two webhooks with 24 deliveries each, of three types and in all states."""
    made = [(await hook(house, key))["id"] for _ in range(2)]
    for round_ in range(2):
        for type_ in TYPES:
            for webhook in made:
                ids = await happen(house, key.organization, webhook, type_, len(STATUSES))
                for status, id in zip(STATUSES, ids, strict=True):
                    await set_to(house, key.organization, status, id)
        house.clock.advance(hours=1 + round_)
    return made


async def everything(house, key):
    """All deliveries as a client sees them, the newest first, beside what they are filtered by."""
    page = """{ webhookDeliveries(first: 100) { nodes {
      id webhookId status eventType createdAt } } }"""
    return (await house.ask(key, page)).data["webhookDeliveries"]["nodes"]


async def test_every_filter_and_combination_finds_what_fits(house, key):
    [webhook, _] = await queue(house, key)
    nodes = await everything(house, key)
    middle = nodes[24]["createdAt"]
    filters = {
        "webhookId": (webhook, lambda node: node["webhookId"] == webhook),
        "status": ("FAILED", lambda node: node["status"] == "FAILED"),
        "eventType": ("INVOICE_PAID", lambda node: node["eventType"] == "INVOICE_PAID"),
        "createdAfter": (middle, lambda node: node["createdAt"] > middle),
        "createdBefore": (middle, lambda node: node["createdAt"] < middle),
    }
    assert len(nodes) == 48

    for size in range(6):
        for names in combinations(filters, size):
            filter = {name: filters[name][0] for name in names}
            fits = [n["id"] for n in nodes if all(filters[name][1](n) for name in names)]
            found = await read(house, key, LIST_DELIVERIES, filter=filter, first=100)
            assert [node["id"] for node in found["nodes"]] == fits, names
            assert found["totalCount"] == len(fits), names


@pytest.mark.parametrize("names", [(), ("webhookId",), ("status",), ("webhookId", "eventType")])
async def test_pages_in_both_directions_are_slices(house, key, names):
    [webhook, _] = await queue(house, key)
    values = {"webhookId": webhook, "status": "FAILED", "eventType": "PRODUCT_CREATED"}
    filter = {name: values[name] for name in names}
    everything = await deliveries(house, key, filter=filter, first=100)

    forward, backward = [], []
    page = {"pageInfo": {"hasNextPage": True, "endCursor": None}}
    while page["pageInfo"]["hasNextPage"]:
        ask = {"filter": filter, "first": 5, "after": page["pageInfo"]["endCursor"]}
        page = await read(house, key, LIST_DELIVERIES, **ask)
        forward += [node["id"] for node in page["nodes"]]
    page = {"pageInfo": {"hasPreviousPage": True, "startCursor": None}}
    while page["pageInfo"]["hasPreviousPage"]:
        ask = {"filter": filter, "last": 5, "before": page["pageInfo"]["startCursor"]}
        page = await read(house, key, LIST_DELIVERIES, **ask)
        backward = [node["id"] for node in page["nodes"]] + backward

    assert forward == backward == everything


async def test_a_time_is_exclusive_to_the_microsecond(house, key):
    webhook = (await hook(house, key))["id"]
    [id] = await happen(house, key.organization, webhook)
    [row] = await rows(house, key.organization, ALL)
    for name, away, found in (
        ("createdAfter", 0, []),
        ("createdAfter", -1, [id]),
        ("createdBefore", 0, []),
        ("createdBefore", 1, [id]),
    ):
        time = (row["created_at"] + timedelta(microseconds=away)).isoformat()
        assert await deliveries(house, key, filter={name: time}) == found, (name, away)


async def test_times_without_end_are_taken(house, key):
    webhook = (await hook(house, key))["id"]
    [id] = await happen(house, key.organization, webhook)
    wide = {"createdAfter": "1900-01-01T00:00:00Z", "createdBefore": "8999-12-31T00:00:00Z"}

    assert await deliveries(house, key, filter=wide) == [id]
    assert await deliveries(house, key, filter={"createdBefore": "1900-01-01T00:00:00Z"}) == []


async def test_the_webhook_of_another_organization_finds_nothing(house, key):
    webhook = (await hook(house, key))["id"]
    await happen(house, key.organization, webhook)
    other = await house.key()

    for filter in ({"webhookId": webhook}, {"status": "PENDING"}, {"createdAfter": later(house)}):
        found = await read(house, other, LIST_DELIVERIES, filter=filter)
        assert (found["nodes"], found["totalCount"]) == ([], 0)


async def test_what_is_no_id_of_a_webhook_is_named(house, key):
    filter = {"webhookId": f"dlv_{MADE_UP}"}

    answer = await house.ask(key, LIST_DELIVERIES, filter=filter)

    assert answer.fields == {"filter.webhookId": "must be whk_ and 26 letters or digits"}


async def test_a_cursor_belongs_to_its_filter(house, key):
    await queue(house, key)
    page = await read(house, key, LIST_DELIVERIES, filter={"status": "FAILED"}, first=1)
    after = page["pageInfo"]["endCursor"]

    answer = await house.ask(key, LIST_DELIVERIES, filter={"status": "PENDING"}, after=after)

    assert list(answer.fields) == ["after"]
