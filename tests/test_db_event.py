"""What happened is written with its deliveries, by the transaction that made it happen."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import orjson

from db import ids, tally
from db.actor import OPERATOR, Origin
from db.event import announce, announce_to
from db.event_type import EventType, Happened
from db.news import Kind, News
from db.webhook import WebhookStatus
from tests.event_parts import deliveries, events, sent_to, subscribe
from tests.shop import abandoned

NOW = datetime(2026, 11, 23, 17, 8, 16, 250000, tzinfo=UTC)
ORIGIN = Origin(OPERATOR, NOW)
CREATED = EventType.PRODUCT_CREATED
TEA = Happened(CREATED, "prod_1", {"name": "Чай", "createdAt": NOW})
BODY = (
    '{"type":"product.created","timestamp":"2026-11-23T17:08:16.250000Z",'
    '"data":{"name":"Чай","createdAt":"2026-11-23T17:08:16.250000Z"}}'
)


async def announced(database, owner, happened=TEA, **options):
    async with database.transaction() as connection:
        await announce(connection, owner, ORIGIN, happened, **options)


async def counted(database, owner):
    async with database.reading() as connection:
        return await tally.read(connection, owner, "webhook_delivery")


async def test_an_event_keeps_the_very_body_that_is_sent(house):
    owner = await house.organization()
    await announced(house.database, owner)

    [event] = await events(house.database, owner)
    assert event["payload"] == BODY
    assert (event["type"], event["subject_id"]) == ("product.created", "prod_1")
    assert event["created_at"] == NOW
    assert event["id"].int >> 64 == ids.new_uuid(NOW).int >> 64


async def test_each_webhook_that_is_subscribed_gets_a_delivery_of_the_one_event(house):
    owner, other = await house.organization(), await house.organization()
    to_all = await subscribe(house.database, owner, NOW)
    to_this = await subscribe(house.database, owner, NOW, EventType.INVOICE_PAID, CREATED)
    await subscribe(house.database, owner, NOW, EventType.PRODUCT_UPDATED)
    await subscribe(house.database, owner, NOW, CREATED, deleted_at=NOW)
    await subscribe(house.database, other, NOW)
    await announced(house.database, owner)

    [event] = await events(house.database, owner)
    rows = await deliveries(house.database, owner)
    assert {row["webhook_id"] for row in rows} == {to_all, to_this}
    for row in rows:
        assert dict(row) == {
            "organization_id": owner,
            "id": row["id"],
            "webhook_id": row["webhook_id"],
            "created_at": NOW,
            "event_id": event["id"],
            "event_type": "product.created",
            "status": "PENDING",
            "next_attempt_at": NOW,
            "completed_at": None,
            "attempt_count": 0,
            "tries": 0,
        }
    assert await counted(house.database, owner) == 2
    assert await deliveries(house.database, other) == []
    assert await counted(house.database, other) == 0


async def test_what_a_webhook_that_is_off_misses_is_kept_as_failed(house):
    owner = await house.organization()
    for status in (WebhookStatus.DISABLED, WebhookStatus.FAILING_DISABLED):
        await subscribe(house.database, owner, NOW, CREATED, status=status)
    await announced(house.database, owner)

    shown = ("status", "next_attempt_at", "completed_at", "attempt_count", "tries")
    rows = await deliveries(house.database, owner)
    assert [tuple(row[name] for name in shown) for row in rows] == [("FAILED", None, NOW, 0, 0)] * 2
    assert await counted(house.database, owner) == 2


async def test_a_delivery_has_an_id_of_its_own_that_carries_the_time(house):
    owner = await house.organization()
    for _ in range(20):
        await subscribe(house.database, owner, NOW)
    await announced(house.database, owner)

    made = [row["id"] for row in await deliveries(house.database, owner)]
    assert len(set(made)) == 20
    for id in made:
        assert (id.version, id.variant) == (7, "specified in RFC 4122")
        assert id.int >> 64 == ids.new_uuid(NOW).int >> 64
        assert ids.new_uuid(NOW - timedelta(microseconds=1)) < id
        assert id < ids.new_uuid(NOW + timedelta(microseconds=1))


async def test_one_webhook_can_be_left_out(house):
    owner = await house.organization()
    hears, itself = [await subscribe(house.database, owner, NOW) for _ in range(2)]
    await announced(house.database, owner, but=itself)

    assert await sent_to(house.database, owner) == {hears: "PENDING"}
    assert await counted(house.database, owner) == 1


async def test_an_event_for_one_webhook_goes_to_it_alone(house):
    owner = await house.organization()
    await subscribe(house.database, owner, NOW)
    tested = await subscribe(house.database, owner, NOW, EventType.INVOICE_PAID)
    happened = Happened(EventType.WEBHOOK_TEST, "whk_1", {})
    async with house.database.transaction() as connection:
        id = await announce_to(connection, owner, ORIGIN, happened, tested)

    [row] = await deliveries(house.database, owner)
    assert (row["id"], row["webhook_id"], row["status"]) == (id, tested, "PENDING")
    assert await counted(house.database, owner) == 1


async def test_a_rollback_leaves_nothing_and_tells_nobody(house):
    owner = await house.organization()
    await subscribe(house.database, owner, NOW)
    with house.hub.listening(Kind.DELIVERY) as ear, house.hub.listening(Kind.QUEUE) as queue:
        async with abandoned(house.database) as connection:
            await announce(connection, owner, ORIGIN, TEA)
        heard = [asyncio.ensure_future(each.next()) for each in (ear, queue)]
        await announced(house.database, owner)
        news = [(await each).about for each in heard]

        # What comes first is of the transaction that did commit: it made the only delivery.
        [row] = await deliveries(house.database, owner)
        assert news == [row["webhook_id"]] * 2
        assert len(await events(house.database, owner)) == 1
        assert await counted(house.database, owner) == 1


async def test_listeners_hear_of_it_after_the_commit(house):
    owner = await house.organization()
    on = await subscribe(house.database, owner, NOW)
    off = await subscribe(house.database, owner, NOW, status=WebhookStatus.DISABLED)
    with house.hub.listening(Kind.DELIVERY, owner) as ear, house.hub.listening(Kind.QUEUE) as queue:
        first, due = (asyncio.ensure_future(each.next()) for each in (ear, queue))
        async with house.database.transaction() as connection:
            await announce(connection, owner, ORIGIN, TEA)
            await connection.fetchval("SELECT 1")
            assert not first.done()
            assert not due.done()
        heard = {await first, await ear.next()}

        rows = await deliveries(house.database, owner)
        assert heard == {News(Kind.DELIVERY, owner, row["id"], row["webhook_id"]) for row in rows}
        assert {news.about for news in heard} == {on, off}
        # What is off has nothing due.
        assert await due == News(Kind.QUEUE, owner, on, on)


async def test_many_at_once_are_each_announced_once(house):
    owner = await house.organization()
    await subscribe(house.database, owner, NOW)
    happened = [Happened(CREATED, f"prod_{place}", {"place": place}) for place in range(30)]
    await asyncio.gather(*(announced(house.database, owner, each) for each in happened))

    rows = await events(house.database, owner)
    assert sorted(orjson.loads(row["payload"])["data"]["place"] for row in rows) == list(range(30))
    sent = await deliveries(house.database, owner)
    assert {row["event_id"] for row in sent} == {row["id"] for row in rows}
    assert (len(sent), await counted(house.database, owner)) == (30, 30)


async def test_it_takes_one_statement_and_one_more_where_somebody_is_sent_it(house):
    owner = uuid4()
    async with house.database.transaction() as connection:
        with house.counting() as alone:
            await announce(connection, owner, ORIGIN, TEA)
    owner = await house.organization()
    for _ in range(3):
        await subscribe(house.database, owner, NOW)
    async with house.database.transaction() as connection:
        with house.counting() as heard:
            await announce(connection, owner, ORIGIN, TEA)

    assert (len(alone), len(heard)) == (1, 2)
