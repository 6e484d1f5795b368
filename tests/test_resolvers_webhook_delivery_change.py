"""What can be done about a delivery: sent again, cancelled, and by whom."""

import asyncio

import pytest

from db.scope import ALL_SCOPES, Scope
from tests.hooks import (
    CANCEL,
    DELETE,
    MADE_UP,
    READ_DELIVERY,
    RETRY,
    TEST,
    UPDATE,
    actions,
    change,
    changed,
    deliveries,
    happen,
    hook,
    read,
    rows,
    set_to,
)
from tests.shop import opened_still, shown

KEPT = "SELECT to_jsonb(d)::text FROM webhook_delivery d WHERE organization_id = $1 ORDER BY 1"
ENDED = ["FAILED", "CANCELLED", "DELIVERED"]


@pytest.fixture
async def key(house):
    return await house.key()


@pytest.fixture
async def webhook(house, key):
    return (await hook(house, key))["id"]


@pytest.mark.parametrize("status", ENDED)
async def test_a_retry_puts_it_back_due_now(closed_house, status):
    house = await opened_still(closed_house)
    key = await house.key()
    webhook = (await hook(house, key))["id"]
    [id] = await happen(house, key.organization, webhook)
    await set_to(house, key.organization, status)
    before = await read(house, key, READ_DELIVERY, id=id)
    house.clock.advance(hours=1)

    again = (await changed(house, key, RETRY, id=id))["delivery"]

    now = shown(house.clock.now)
    assert before["status"] == status
    assert again == {**before, "status": "PENDING", "nextAttemptAt": now, "completedAt": None}
    query = "SELECT tries, attempt_count FROM webhook_delivery WHERE organization_id = $1"
    assert [tuple(row) for row in await rows(house, key.organization, query)] == [(0, 8)]
    assert await actions(house, key.organization, "webhook_delivery.%") == [
        ("webhook_delivery.retried", id, {})
    ]


async def test_what_waits_cannot_be_retried(house, key, webhook):
    [id] = await happen(house, key.organization, webhook)

    answer = await change(house, key, RETRY, id=id)

    assert answer.codes == ["CONFLICT"]
    assert answer.error["message"] == "This delivery waits to be sent already."


async def test_nothing_is_sent_again_to_what_is_off_or_gone(house, key, webhook):
    [id] = await happen(house, key.organization, webhook)
    await set_to(house, key.organization, "FAILED")
    before = await rows(house, key.organization, KEPT)

    await changed(house, key, UPDATE, id=webhook, enabled=False)
    off = await change(house, key, RETRY, id=id)
    tested = await change(house, key, TEST, id=webhook)
    await changed(house, key, DELETE, id=webhook)
    gone = await change(house, key, RETRY, id=id)

    assert off.codes == tested.codes == gone.codes == ["CONFLICT"]
    assert off.error["message"] == tested.error["message"]
    assert off.error["message"] == (
        "The webhook is off (DISABLED), so nothing is sent to it. Enable it first, by updateWebhook"
        " with enabled: true."
    )
    assert gone.error["message"].startswith("The webhook of this delivery is deleted")
    assert await rows(house, key.organization, KEPT) == before


async def test_cancel_takes_it_out_of_the_queue(closed_house):
    house = await opened_still(closed_house)
    key = await house.key()
    webhook = (await hook(house, key))["id"]
    [id] = await happen(house, key.organization, webhook)
    before = await read(house, key, READ_DELIVERY, id=id)

    cancelled = (await changed(house, key, CANCEL, id=id))["delivery"]
    twice = await change(house, key, CANCEL, id=id)

    now = shown(house.clock.now)
    ended = {"status": "CANCELLED", "nextAttemptAt": None, "completedAt": now}
    assert cancelled == {**before, **ended}
    assert twice.codes == ["CONFLICT"]
    message = "Only a pending delivery can be cancelled; this one is CANCELLED."
    assert twice.error["message"] == message
    assert await actions(house, key.organization, "webhook_delivery.%") == [
        ("webhook_delivery.cancelled", id, {})
    ]


async def test_deleting_a_webhook_cancels_what_waits_alone(house, key, webhook):
    done, waiting = await happen(house, key.organization, webhook, times=2)
    [other] = await happen(house, key.organization, (await hook(house, key))["id"])
    await set_to(house, key.organization, "DELIVERED", done)

    await changed(house, key, DELETE, id=webhook)

    statuses = {
        id: (await read(house, key, READ_DELIVERY, id=id))["status"]
        for id in (done, waiting, other)
    }
    assert statuses == {done: "DELIVERED", waiting: "CANCELLED", other: "PENDING"}


@pytest.mark.parametrize("operation", [RETRY, CANCEL])
async def test_a_change_needs_its_scope_and_its_owner(house, key, webhook, operation):
    [id] = await happen(house, key.organization, webhook)
    await set_to(house, key.organization, "FAILED" if operation == RETRY else "PENDING")
    lacking = await house.key(key.organization, ALL_SCOPES - {Scope.WEBHOOKS_QUEUE_UPDATE})
    other, before = await house.key(), await rows(house, key.organization, KEPT)

    assert (await change(house, None, operation, id=id)).status == 401
    assert (await change(house, lacking, operation, id=id)).codes == ["MISSING_SCOPE"]
    strange = await change(house, other, operation, id=id)
    wrong = await change(house, key, operation, id=f"whk_{MADE_UP}")

    assert (strange.codes, strange.error["message"]) == (
        ["NOT_FOUND"],
        "There is no such delivery.",
    )
    assert wrong.fields == {"input.id": "must be dlv_ and 26 letters or digits"}
    assert await rows(house, key.organization, KEPT) == before
    assert await read(house, other, READ_DELIVERY, id=id) is None
    assert await deliveries(house, other) == []


async def test_a_retry_and_a_deletion_at_once_leave_nothing_that_waits(house, key):
    for _ in range(5):
        webhook = (await hook(house, key))["id"]
        [id] = await happen(house, key.organization, webhook)
        await set_to(house, key.organization, "FAILED", id)

        retried, deleted = await asyncio.gather(
            change(house, key, RETRY, id=id), change(house, key, DELETE, id=webhook)
        )

        assert deleted.data == {"deleteWebhook": {"deletedWebhookId": webhook}}
        assert "errors" not in retried.body or retried.codes == ["CONFLICT"]
        status = "CANCELLED" if "errors" not in retried.body else "FAILED"
        assert (await read(house, key, READ_DELIVERY, id=id))["status"] == status


async def test_of_two_retries_at_once_one_puts_it_back(house, key, webhook):
    [id] = await happen(house, key.organization, webhook)
    await set_to(house, key.organization, "FAILED")

    answers = await asyncio.gather(*[change(house, key, RETRY, id=id) for _ in range(2)])

    assert sorted("errors" in answer.body for answer in answers) == [False, True]
