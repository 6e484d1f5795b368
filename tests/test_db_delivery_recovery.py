"""What failed is sent again, all of it, in steps."""

import asyncio

import pytest

from db import delivery_recovery as module
from db.ids import parsed
from db.news import Kind
from tests.hooks import (
    DELETE,
    MADE_UP,
    RETRY_FAILED,
    UPDATE,
    actions,
    change,
    changed,
    happen,
    hook,
    later,
    rows,
    set_to,
)

STATUSES = """SELECT status, count(*) FROM webhook_delivery WHERE organization_id = $1
  GROUP BY status ORDER BY status"""
RECOVERIES = "SELECT after FROM webhook_recovery WHERE organization_id = $1"
MULTIPLY = """INSERT INTO webhook_delivery SELECT organization_id,
    (substr(id::text, 1, 19) || substr(gen_random_uuid()::text, 20))::uuid, created_at, webhook_id,
    event_id, event_type, status, next_attempt_at, completed_at, attempt_count, tries
  FROM webhook_delivery, generate_series(2, $2) WHERE organization_id = $1"""


@pytest.fixture
async def key(house):
    return await house.key()


@pytest.fixture
async def webhook(house, key):
    return (await hook(house, key))["id"]


async def failing(house, key, webhook, times=1, copies=1):
    """Deliveries that have failed, and the time before the first."""
    since = later(house)
    ids = await happen(house, key.organization, webhook, times=times)
    await set_to(house, key.organization, "FAILED", *ids)
    async with house.database.transaction() as connection:
        await connection.execute(MULTIPLY, key.organization, copies)
    return since, ids


async def retried(house, key, webhook, since):
    return (await changed(house, key, RETRY_FAILED, webhookId=webhook, since=since))["retried"]


async def recovered(house, most=1_000):
    """Steps until there is nothing more to do, as a worker takes them."""
    steps = 0
    while True:
        async with house.database.transaction() as connection:
            if not await module.recover(connection, house.clock(), most):
                return steps
        steps += 1


async def statuses(house, key):
    return dict(map(tuple, await rows(house, key.organization, STATUSES)))


async def test_what_failed_since_then_is_put_back(house, key, webhook):
    _, [old] = await failing(house, key, webhook)
    since, ids = await failing(house, key, webhook, times=3)
    await set_to(house, key.organization, "DELIVERED", ids[1])
    await failing(house, key, (await hook(house, key))["id"])

    assert await retried(house, key, webhook, since) == 2

    query = """SELECT id, next_attempt_at IS NOT NULL AND completed_at IS NULL AND tries = 0
      AND attempt_count = 8 FROM webhook_delivery
      WHERE organization_id = $1 AND status = 'PENDING'"""
    back = dict(map(tuple, await rows(house, key.organization, query)))
    assert back == {parsed("dlv", ids[0]): True, parsed("dlv", ids[2]): True}
    assert parsed("dlv", old) not in back
    assert await recovered(house) == 0
    [action] = await actions(house, key.organization, "webhook.failed%")
    shown = {"since": since.replace("Z", "+00:00"), "retried": 2}
    assert action[:2] == ("webhook.failed_retried", webhook)
    assert {**action[2], "since": action[2]["since"].replace("Z", "+00:00")} == shown


async def test_nothing_is_left_out_and_nothing_is_put_back_twice(house, key, webhook):
    since, _ = await failing(house, key, webhook, times=5, copies=500)

    assert await retried(house, key, webhook, since) == 2_500
    assert await statuses(house, key) == {"FAILED": 1_500, "PENDING": 1_000}
    # What fails again meanwhile isn't put back by the same wish.
    await set_to(house, key.organization, "FAILED")
    assert await recovered(house) == 2
    assert await statuses(house, key) == {"FAILED": 1_000, "PENDING": 1_500}
    assert await rows(house, key.organization, RECOVERIES) == []


async def test_a_whole_number_of_steps_ends(house, key, webhook):
    since, _ = await failing(house, key, webhook, times=4, copies=500)

    assert await retried(house, key, webhook, since) == 2_000
    assert await recovered(house) == 2
    assert await statuses(house, key) == {"PENDING": 2_000}


async def test_one_recovery_of_a_webhook_at_a_time(house, key, webhook):
    since, _ = await failing(house, key, webhook, times=3, copies=500)
    await retried(house, key, webhook, since)
    other = (await hook(house, key))["id"]

    answer = await change(house, key, RETRY_FAILED, webhookId=webhook, since=since)

    assert answer.codes == ["CONFLICT"]
    assert await retried(house, key, other, since) == 0
    await recovered(house)
    assert await retried(house, key, webhook, since) == 0


async def test_of_two_wishes_at_once_one_is_taken(house, key, webhook):
    since, _ = await failing(house, key, webhook, times=3, copies=500)
    wish = {"webhookId": webhook, "since": since}

    answers = await asyncio.gather(*[change(house, key, RETRY_FAILED, **wish) for _ in range(2)])

    assert sorted("errors" in answer.body for answer in answers) == [False, True]
    await recovered(house)
    assert await statuses(house, key) == {"PENDING": 1_500}


async def test_two_workers_share_no_recovery(house, key, webhook):
    since, _ = await failing(house, key, webhook, times=3, copies=500)
    await retried(house, key, webhook, since)

    async with house.database.transaction() as one, house.database.transaction() as other:
        assert await module.recover(one, house.clock(), 100) is True
        assert await module.recover(other, house.clock(), 100) is False
    assert await statuses(house, key) == {"FAILED": 400, "PENDING": 1_100}


@pytest.mark.parametrize("operation", [UPDATE, DELETE])
async def test_a_recovery_ends_with_its_webhook(house, key, webhook, operation):
    since, _ = await failing(house, key, webhook, times=3, copies=500)
    await retried(house, key, webhook, since)
    before = (await statuses(house, key))["FAILED"]

    stated = {"enabled": False} if operation == UPDATE else {}
    await changed(house, key, operation, id=webhook, **stated)

    assert await recovered(house) == 1
    assert (await statuses(house, key))["FAILED"] == before == 500
    answer = await change(house, key, RETRY_FAILED, webhookId=webhook, since=since)
    assert answer.codes == (["CONFLICT"] if operation == UPDATE else ["NOT_FOUND"])


async def test_the_first_thousand_of_a_deleted_webhook_are_cancelled_at_once(house, key, webhook):
    await failing(house, key, webhook, times=3, copies=500)
    await set_to(house, key.organization, "PENDING")

    await changed(house, key, DELETE, id=webhook)

    assert await statuses(house, key) == {"CANCELLED": 1_000, "PENDING": 500}


async def test_bad_input_and_others_webhooks_change_nothing(house, key, webhook):
    since, _ = await failing(house, key, webhook)
    other = await house.key()

    for asking, stated, outcome in (
        (key, {"webhookId": f"dlv_{MADE_UP}", "since": since}, "input.webhookId"),
        (key, {"webhookId": webhook, "since": "yesterday"}, "input.since"),
        (other, {"webhookId": webhook, "since": since}, None),
    ):
        answer = await change(house, asking, RETRY_FAILED, **stated)
        assert answer.codes == ["INVALID_INPUT" if outcome else "NOT_FOUND"]
        assert outcome is None or list(answer.fields) == [outcome]
    assert await statuses(house, key) == {"FAILED": 1}
    early = "1900-01-01T00:00:00Z"
    assert await retried(house, key, webhook, "8999-01-01T00:00:00Z") == 0
    assert await retried(house, key, webhook, early) == 1


async def test_workers_and_listeners_are_told_after_the_commit(house, key, webhook):
    since, ids = await failing(house, key, webhook, times=2)
    owner, about = key.organization, parsed("whk", webhook)
    with (
        house.hub.listening(Kind.DELIVERY, owner) as deliveries,
        house.hub.listening(Kind.QUEUE) as queue,
    ):
        await retried(house, key, webhook, since)

        told = [await deliveries.next() for _ in ids]
        due = await queue.next()

    assert [(news.id, news.about) for news in told] == [(parsed("dlv", id), about) for id in ids]
    assert (due.organization_id, due.id, due.about) == (owner, about, about)
