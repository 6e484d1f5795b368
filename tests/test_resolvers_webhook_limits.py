"""Webhooks in numbers: how many there may be, what changes cost, and who is told of them."""

import asyncio

import pytest

from db.database import connect
from db.delivery import EVENT_PREFIX
from db.event import Event
from db.ids import parsed
from db.news import Kind
from db.page import Sorting
from db.webhook import LIST as WEBHOOKS
from tests.hooks import (
    CANCEL,
    CREATE,
    DELETE,
    LIST,
    RETRY,
    UPDATE,
    URL,
    change,
    changed,
    happen,
    hook,
    read,
    rows,
    set_to,
)

COPIES = """INSERT INTO webhook SELECT organization_id, gen_random_uuid(), created_at,
    created_by_kind, created_by_id, created_by_name, description, url, event_types, status,
    updated_at, secret, NULL, NULL, NULL, false, $3
  FROM webhook, generate_series(1, $2) WHERE organization_id = $1"""
TALLY = """UPDATE tally SET amount = amount + $2 WHERE organization_id = $1 AND noun = 'webhook'"""
NODE = """query($id: ID!) { node(id: $id) { __typename id
  ... on Webhook { url } ... on WebhookDelivery { status } } }"""


@pytest.fixture
async def key(house):
    return await house.key()


async def fill(house, key, count, deleted_at=None):
    async with house.database.transaction() as connection:
        await connection.execute(COPIES, key.organization, count, deleted_at)
        if deleted_at is None:
            await connection.execute(TALLY, key.organization, count)


async def test_there_are_a_thousand_at_most(house, key):
    made = await hook(house, key)
    await fill(house, key, 998)
    await hook(house, key)

    answer = await change(house, key, CREATE, url=URL)

    assert answer.codes == ["CONFLICT"]
    assert answer.error["message"].startswith("There are 1000 webhooks already")
    assert (await read(house, key, LIST))["totalCount"] == 1_000
    await changed(house, key, DELETE, id=made["id"])
    await hook(house, key)


async def test_of_two_at_once_one_is_the_last(house, key):
    await hook(house, key)
    await fill(house, key, 998)
    other = await house.key(key.organization)

    answers = await asyncio.gather(*[change(house, one, CREATE, url=URL) for one in (key, other)])

    assert sorted("errors" in answer.body for answer in answers) == [False, True]
    assert (await read(house, key, LIST))["totalCount"] == 1_000


async def test_deleted_ones_do_not_count(house, key):
    await hook(house, key)
    await fill(house, key, 1_200, house.clock())

    assert (await read(house, key, LIST))["totalCount"] == 1
    await hook(house, key)


async def test_a_list_is_found_by_the_index_of_what_is_there(house, key, database_url):
    await hook(house, key)
    await fill(house, key, 1_200, house.clock())
    query = WEBHOOKS.query(Sorting(), backward=False, sides=(False, False), filters=frozenset())
    values = {"organization_id": key.organization, "now": house.clock.now, "most": 21}

    connection = await connect(database_url)
    try:
        await connection.execute("ANALYZE webhook")
        plan = await connection.fetch(f"EXPLAIN {query.sql}", *query._values(values))
    finally:
        await connection.close()

    assert "webhook_list_index" in " ".join(row[0] for row in plan)


async def test_workers_are_told_of_what_is_switched_on_or_sent_again(house, key):
    webhook = (await hook(house, key))["id"]
    await changed(house, key, UPDATE, id=webhook, enabled=False)
    owner, about = key.organization, parsed("whk", webhook)

    with house.hub.listening(Kind.QUEUE) as queue, house.hub.listening(Kind.DELIVERY, owner) as ear:
        await changed(house, key, UPDATE, id=webhook, enabled=True)
        switched = await queue.next()
        [id] = await happen(house, owner, webhook)
        told = [await ear.next()]
        await changed(house, key, CANCEL, id=id)
        told.append(await ear.next())
        await changed(house, key, RETRY, id=id)
        told.append(await ear.next())
        await changed(house, key, DELETE, id=webhook)
        told.append(await ear.next())
        due = [await queue.next() for _ in range(3)]

    assert {news.about for news in (switched, *due)} == {about}
    assert [(news.id, news.about) for news in told] == [(parsed("dlv", id), about)] * 4


async def test_a_change_that_is_refused_tells_nobody(house, key):
    webhook = (await hook(house, key))["id"]
    [id] = await happen(house, key.organization, webhook)
    query = "SELECT id FROM audit_entry WHERE organization_id = $1"
    before = await rows(house, key.organization, query)

    with house.hub.listening(Kind.DELIVERY, key.organization) as ear:
        assert (await change(house, key, RETRY, id=id)).codes == ["CONFLICT"]
        await set_to(house, key.organization, "FAILED")
        assert (await change(house, key, CANCEL, id=id)).codes == ["CONFLICT"]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ear.next(), 0.05)

    assert await rows(house, key.organization, query) == before


async def test_webhooks_and_deliveries_are_nodes(house, key):
    webhook = await hook(house, key)
    [id] = await happen(house, key.organization, webhook["id"])
    other = await house.key()

    assert await read(house, key, NODE, id=webhook["id"]) == {
        "__typename": "Webhook",
        "id": webhook["id"],
        "url": URL,
    }
    assert (await read(house, key, NODE, id=id))["status"] == "PENDING"
    assert await read(house, other, NODE, id=id) is None
    assert await read(house, other, NODE, id=webhook["id"]) is None


def test_a_message_has_the_id_of_its_event():
    assert EVENT_PREFIX == Event.PREFIX
