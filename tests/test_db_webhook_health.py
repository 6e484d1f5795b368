"""What becomes of a webhook whose endpoint fails, and of one that works again."""

from datetime import timedelta

import orjson
import pytest

from db import webhook_change, webhook_health
from db.actor import OPERATOR, Origin
from db.event_type import EventType
from db.webhook_health import OFF_AFTER, TOLD_AFTER, needs_a_look
from tests.delivery_parts import deliveries, webhook

HEALTH = """SELECT id, status, failing_since, failing_told, updated_at FROM webhook w
WHERE w.organization_id = $1 ORDER BY id"""
TOLD = """SELECT category, title, body, subject_id FROM notification n
WHERE n.organization_id = $1 ORDER BY id"""
AUDITED = """SELECT actor_kind, action, subject_id, changes FROM audit_entry a
WHERE a.organization_id = $1 AND action = 'webhook.disabled'"""
EVENTS = "SELECT type, payload FROM event e WHERE e.organization_id = $1"
MOMENT = timedelta(microseconds=1)


@pytest.fixture
async def one(house):
    """An organization's webhook, and its id."""
    owner = await house.organization()
    return owner, await webhook(house, owner, "https://shop.test/hooks")


async def rows(house, statement, owner):
    async with house.database.reading() as connection:
        return await connection.fetch(statement, owner)


async def health(house, owner):
    [row] = await rows(house, HEALTH, owner)
    return row["status"], row["failing_since"], row["failing_told"]


async def fails(house, one, at, *, gone=False):
    async with house.database.transaction() as connection:
        await webhook_health.failed(connection, *one, at, gone=gone)


async def works(house, one):
    async with house.database.reading() as connection:
        await webhook_health.worked(connection, *one)


@pytest.mark.parametrize(
    ("span", "told", "gone", "needed"),
    [
        (None, False, False, True),
        (TOLD_AFTER - MOMENT, False, False, False),
        (TOLD_AFTER - MOMENT, False, True, True),
        (TOLD_AFTER, False, False, True),
        (TOLD_AFTER, True, False, False),
        (OFF_AFTER - MOMENT, True, False, False),
        (OFF_AFTER, True, False, True),
        (OFF_AFTER, False, False, True),
    ],
)
def test_most_failures_change_nothing(house, span, told, gone, needed):
    now = house.clock()
    since = None if span is None else now - span

    assert needs_a_look(since, now, told=told, gone=gone) is needed


async def test_the_first_failure_is_noted_and_told_to_nobody(house, one):
    now = house.clock()
    await fails(house, one, now)
    await fails(house, one, now + timedelta(minutes=29))

    assert await health(house, one[0]) == ("ENABLED", now, False)
    assert await rows(house, TOLD, one[0]) == []


async def test_half_an_hour_of_failing_is_told_once(house, one):
    owner, _ = one
    now = house.clock()
    for at in (timedelta(0), TOLD_AFTER, TOLD_AFTER + MOMENT, timedelta(days=4)):
        await fails(house, one, now + at)

    assert await health(house, owner) == ("ENABLED", now, True)
    [told] = await rows(house, TOLD, owner)
    assert (told["category"], told["title"]) == ("WEBHOOKS", "The webhook to shop.test fails")
    assert f" since {now:%Y-%m-%d %H:%M} UTC. " in told["body"]
    assert told["body"].startswith("Nothing has reached shop.test since ")
    assert told["subject_id"].startswith("whk_")


async def test_one_that_works_again_starts_afresh(house, one):
    now = house.clock()
    await fails(house, one, now)
    await fails(house, one, now + TOLD_AFTER)
    await works(house, one)
    assert await health(house, one[0]) == ("ENABLED", None, False)

    later = now + timedelta(days=5)
    await fails(house, one, later)
    assert await health(house, one[0]) == ("ENABLED", later, False)
    assert len(await rows(house, TOLD, one[0])) == 1


async def test_five_days_of_failing_switch_it_off_and_tell_the_others(house, one):
    owner, _ = one
    other = await webhook(house, owner, "https://other.test/hooks")
    now = house.clock()
    await fails(house, one, now)
    await fails(house, one, now + OFF_AFTER - MOMENT)
    await fails(house, one, now + OFF_AFTER)

    first, second = await rows(house, HEALTH, owner)
    assert (first["status"], first["updated_at"]) == ("FAILING_DISABLED", now + OFF_AFTER)
    assert second["status"] == "ENABLED"
    [delivery] = await deliveries(house, owner)
    assert (delivery["webhook_id"], delivery["event_type"]) == (other, "webhook.disabled")
    [event] = await rows(house, EVENTS, owner)
    assert orjson.loads(event["payload"])["data"]["status"] == "FAILING_DISABLED"
    [audited] = await rows(house, AUDITED, owner)
    assert (audited["actor_kind"], audited["changes"]) == ("SYSTEM", {"reason": "failing"})
    categories = [told["category"] for told in await rows(house, TOLD, owner)]
    assert categories == ["WEBHOOKS", "WEBHOOKS"]


async def test_what_is_gone_is_switched_off_at_once(house, one):
    await fails(house, one, house.clock(), gone=True)

    status, since, _ = await health(house, one[0])
    assert (status, since) == ("FAILING_DISABLED", None)
    [audited] = await rows(house, AUDITED, one[0])
    assert audited["changes"] == {"reason": "gone"}
    assert [event["type"] for event in await rows(house, EVENTS, one[0])] == [
        EventType.WEBHOOK_DISABLED
    ]


@pytest.mark.parametrize("what", ["off", "deleted"])
async def test_one_that_is_off_or_gone_is_left_alone(house, one, what):
    owner, id = one
    async with house.database.transaction() as connection:
        if what == "off":
            await webhook_health.failed(connection, owner, id, house.clock(), gone=True)
        else:
            await webhook_change.delete(connection, owner, Origin(OPERATOR, house.clock()), id)
    before = await rows(house, HEALTH, owner), await rows(house, EVENTS, owner)
    await fails(house, one, house.clock(), gone=True)

    assert (await rows(house, HEALTH, owner), await rows(house, EVENTS, owner)) == before


async def test_nobody_elses_webhook_is_touched(house, one):
    stranger = await house.organization()
    await fails(house, (stranger, one[1]), house.clock(), gone=True)

    assert await health(house, one[0]) == ("ENABLED", None, False)


async def test_one_that_works_costs_no_write(house, one):
    before = await rows(house, HEALTH.replace("SELECT id", "SELECT xmin, id"), one[0])
    await works(house, one)

    assert await rows(house, HEALTH.replace("SELECT id", "SELECT xmin, id"), one[0]) == before
