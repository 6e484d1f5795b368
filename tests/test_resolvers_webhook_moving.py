"""Another URL is sent what is kept for a webhook: who may not read that may not move it."""

import pytest

from db.delivery import DeliveryStatus
from db.event_type import EventType
from db.scope import ALL_SCOPES, Scope
from tests.hooks import LIST, UPDATE, URL, change, changed, happen, hook, read, set_to

ELSEWHERE = "https://elsewhere.test/"


@pytest.fixture
async def full(house, owner):
    return await house.key(owner)


def must_lack(answer, scope):
    assert (answer.status, answer.codes) == (200, ["FORBIDDEN"])
    assert answer.error["extensions"]["beyond"] == {"scopes": [scope]}


async def test_another_url_needs_what_was_sent_before_it_too(house, owner, full):
    made = await hook(house, full, eventTypes=["PRODUCT_CREATED", "INVOICE_PAID"])
    key = await house.key(owner, ALL_SCOPES - {Scope.INVOICES_READ})
    narrow = {"eventTypes": ["PRODUCT_CREATED"]}

    must_lack(
        await change(house, key, UPDATE, id=made["id"], url=ELSEWHERE, **narrow), "invoices.read"
    )
    await changed(house, key, UPDATE, id=made["id"], **narrow)
    early = await change(house, key, UPDATE, id=made["id"], url=ELSEWHERE)
    house.clock.advance(seconds=60)
    after = await changed(house, key, UPDATE, id=made["id"], url=ELSEWHERE)

    assert early.codes == ["CONFLICT"]
    assert "in a minute" in early.error["message"]
    assert after["webhook"]["url"] == ELSEWHERE


@pytest.mark.parametrize("status", DeliveryStatus)
async def test_what_is_kept_for_a_webhook_goes_to_no_url_of_who_may_not_read_it(
    house, owner, full, status
):
    key = await house.key(owner, [Scope.WEBHOOKS_UPDATE, Scope.WEBHOOKS_QUEUE_UPDATE])
    reader = await house.key(owner, [Scope.WEBHOOKS_UPDATE, Scope.INVOICES_READ])
    made = await hook(house, full)
    await happen(house, owner, made["id"], EventType.INVOICE_CREATED)
    await set_to(house, owner, status)

    # A type that needs no scope: nothing that happens from here on needs one.
    await changed(house, key, UPDATE, id=made["id"], eventTypes=["WEBHOOK_TEST"])
    house.clock.advance(seconds=60)

    must_lack(await change(house, key, UPDATE, id=made["id"], url=ELSEWHERE), "invoices.read")
    assert (await read(house, full, LIST))["nodes"][0]["url"] == URL
    await changed(house, reader, UPDATE, id=made["id"], url=ELSEWHERE)


async def test_who_may_read_all_may_change_the_url_at_any_time(house, full):
    made = await hook(house, full)

    for url in (ELSEWHERE, URL):
        after = await changed(house, full, UPDATE, id=made["id"], url=url)
        assert after["webhook"]["url"] == url
