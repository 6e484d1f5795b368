"""A webhook is a way to read: who may not read something may not have it sent."""

import pytest

from db.api_key_change import CHANGE as CHANGE_KEY
from db.event_type import EventType
from db.scope import ALL_SCOPES, Scope
from tests.hooks import (
    CREATE,
    LIST,
    READ_DELIVERY,
    TEST,
    UPDATE,
    URL,
    change,
    changed,
    happen,
    hook,
    read,
    rows,
)

READING = {
    "invoice": Scope.INVOICES_READ,
    "payment": Scope.INVOICES_READ,
    "product": Scope.PRODUCTS_READ,
    "api_key": Scope.API_KEYS_READ,
    "webhook": None,
}
ELSEWHERE = "https://elsewhere.test/"


def needed(type_):
    return READING[type_.partition(".")[0]]


def must_lack(answer, *scopes):
    assert (answer.status, answer.codes) == (200, ["FORBIDDEN"])
    assert list(answer.body["data"].values()) == [None]
    assert answer.error["extensions"]["beyond"] == {"scopes": list(scopes)}
    rule = "You can give no more than you have yourself."
    assert answer.error["message"] == f"{rule} You lack: scopes {', '.join(scopes)}."


@pytest.fixture
async def full(house, owner):
    return await house.key(owner)


async def lacking(house, owner, *scopes):
    return await house.key(owner, ALL_SCOPES - set(scopes))


@pytest.mark.parametrize("type_", EventType)
async def test_each_type_needs_its_read_scope(house, owner, full, type_):
    made, scope = await hook(house, full, eventTypes=["WEBHOOK_TEST"]), needed(type_)
    writing = [Scope.WEBHOOKS_CREATE, Scope.WEBHOOKS_UPDATE]
    may_not = await house.key(owner, writing)
    may = await house.key(owner, [*writing, *([scope] if scope else [])])
    stated = {"eventTypes": ["WEBHOOK_TEST", type_.name]}

    refused = [
        await change(house, may_not, CREATE, url=URL, **stated),
        await change(house, may_not, UPDATE, id=made["id"], **stated),
    ]

    if scope is None:
        assert all("errors" not in answer.body for answer in refused)
        return
    for answer in refused:
        must_lack(answer, scope)
    assert (await read(house, full, LIST))["nodes"] == [made]
    await hook(house, may, **stated)
    await changed(house, may, UPDATE, id=made["id"], **stated)


@pytest.mark.parametrize("stated", [{}, {"eventTypes": []}, {"eventTypes": None}])
async def test_all_types_need_all_read_scopes(house, owner, stated):
    key = await house.key(owner, [Scope.WEBHOOKS_CREATE, Scope.PRODUCTS_READ])

    must_lack(await change(house, key, CREATE, url=URL, **stated), "invoices.read", "api_keys.read")


async def test_another_url_needs_what_will_be_sent_there(house, owner, full):
    made = await hook(house, full, eventTypes=["PRODUCT_CREATED", "INVOICE_PAID"])
    every = await hook(house, full)
    key = await lacking(house, owner, Scope.INVOICES_READ)

    for id in (made["id"], every["id"]):
        must_lack(await change(house, key, UPDATE, id=id, url=ELSEWHERE), "invoices.read")
    same = await changed(house, key, UPDATE, id=every["id"], url=URL, description="Same")

    assert same["webhook"]["description"] == "Same"
    assert {hook["url"] for hook in (await read(house, full, LIST))["nodes"]} == {URL}


async def test_narrowing_needs_no_more(house, owner, full):
    every = await hook(house, full)
    key = await house.key(owner, [Scope.WEBHOOKS_UPDATE])

    for types in ([], ["INVOICE_PAID", "PRODUCT_CREATED"], ["INVOICE_PAID"]):
        after = await changed(house, key, UPDATE, id=every["id"], eventTypes=types)
        assert after["webhook"]["eventTypes"] == types
    after = await changed(house, key, UPDATE, id=every["id"], description="Narrow", enabled=False)
    assert after["webhook"]["status"] == "DISABLED"
    assert "errors" not in (await change(house, key, UPDATE, id=every["id"], enabled=True)).body


async def test_all_types_are_more_than_all_that_there_are_today(house, owner, full):
    made = await hook(house, full, eventTypes=[type_.name for type_ in EventType])
    key = await lacking(house, owner, Scope.API_KEYS_READ)

    must_lack(await change(house, key, UPDATE, id=made["id"], eventTypes=None), "api_keys.read")


async def test_a_change_rests_on_what_the_key_may_now(house, full):
    made = await hook(house, full, eventTypes=["WEBHOOK_TEST"])
    async with house.database.transaction() as connection:
        # As another process does it: this one's cache isn't told.
        await connection.execute(
            "UPDATE api_key SET full_access = false, granted = $2 WHERE organization_id = $1",
            full.organization,
            [Scope.WEBHOOKS_UPDATE, Scope.WEBHOOKS_CREATE],
        )

    stated = {"eventTypes": ["PRODUCT_CREATED"]}
    must_lack(await change(house, full, CREATE, url=URL, **stated), "products.read")
    must_lack(await change(house, full, UPDATE, id=made["id"], **stated), "products.read")
    assert CHANGE_KEY.sql not in house.recorder.statements


@pytest.mark.parametrize("type_", EventType)
async def test_a_payload_is_null_without_its_read_scope(house, owner, full, type_):
    made = await hook(house, full, eventTypes=[type_.name])
    [id] = await happen(house, owner, made["id"], type_)
    scope, queue = needed(type_), Scope.WEBHOOKS_QUEUE_READ
    may = await house.key(owner, [queue, *([scope] if scope else [])])
    may_not = await lacking(house, owner, scope) if scope else may
    query = "SELECT payload FROM event WHERE organization_id = $1 AND payload LIKE '%\"Tea\"%'"
    [row] = await rows(house, owner, query)

    assert (await read(house, may, READ_DELIVERY, id=id))["payload"] == row["payload"]
    with house.counting() as statements:
        shown = await read(house, may_not, READ_DELIVERY, id=id)

    assert shown["payload"] == (None if scope else row["payload"])
    assert any("event.payload" in statement for statement in statements) is (scope is None)


async def test_a_test_can_be_sent_and_read_without_any_read_scope(house, owner, full):
    made = await hook(house, full)
    key = await house.key(owner, [Scope.WEBHOOKS_UPDATE])

    sent = (await changed(house, key, TEST, id=made["id"]))["delivery"]

    assert made["id"] in sent["payload"]
