"""Each change of a product is announced once, by its own transaction."""

from decimal import Decimal
from functools import partial

from db import ids, product_change
from db.actor import OPERATOR, Origin
from tests.event_parts import deliveries, events, subscribe, told
from tests.shop import (
    CREATE_PRODUCT,
    DELETE_PRODUCT,
    TEA,
    UPDATE_PRODUCT,
    abandoned,
    created,
    sell,
    updated,
)


async def test_each_change_is_announced_with_what_it_made(house):
    key, other = await house.key(), await house.key()
    hook = await subscribe(house.database, key.organization, house.clock())
    await subscribe(house.database, other.organization, house.clock())
    first = await created(house, key)
    second = await updated(house, key, first["id"], name="Green tea")
    await house.ask(key, DELETE_PRODUCT, input={"id": first["id"]})

    made, changed, gone = (
        pair for pair in await told(house.database, key.organization) if "product" in pair[0]
    )
    assert made == ("product.created", first)
    assert changed == ("product.updated", second)
    assert gone == ("product.deleted", {**second, "updatedAt": gone[1]["updatedAt"]})
    assert gone[1]["updatedAt"] > second["updatedAt"]
    sent = await deliveries(house.database, key.organization)
    assert [(row["webhook_id"], row["event_type"]) for row in sent] == [
        (hook, "product.created"),
        (hook, "product.updated"),
        (hook, "product.deleted"),
    ]
    assert await deliveries(house.database, other.organization) == []


async def test_what_was_refused_is_not_announced(house):
    key, other = await house.key(), await house.key()
    tea = await created(house, key, sku="tea")
    mint = await created(house, key, sku="mint")
    before = await events(house.database, key.organization)

    refusals = [
        await house.ask(key, CREATE_PRODUCT, input={**TEA, "sku": "tea"}),
        await house.ask(key, UPDATE_PRODUCT, input={"id": mint["id"], "sku": "tea"}),
        await house.ask(other, UPDATE_PRODUCT, input={"id": tea["id"], "name": "Ours"}),
        await house.ask(other, DELETE_PRODUCT, input={"id": tea["id"]}),
    ]

    assert [answer.codes for answer in refusals] == [
        ["CONFLICT"],
        ["CONFLICT"],
        ["NOT_FOUND"],
        ["NOT_FOUND"],
    ]
    assert await events(house.database, key.organization) == before
    assert [type_ for type_, _ in await told(house.database, other.organization)] == [
        "api_key.created"
    ]


async def test_a_change_that_is_rolled_back_is_not_announced(house):
    owner = await house.organization()
    await subscribe(house.database, owner, house.clock())
    tea = await sell(house, owner, "Tea")
    before = await events(house.database, owner), await deliveries(house.database, owner)
    stated = {"name": "Mint", "price_amount": Decimal(1), "price_currency": "EUR"}
    changes = [
        partial(product_change.create, stated=stated),
        partial(product_change.change, id=tea.id, stated={"name": "Mint"}),
        partial(product_change.delete, id=tea.id),
    ]
    for change in changes:
        async with abandoned(house.database) as connection:
            await change(connection, owner, Origin(OPERATOR, house.clock()))

    assert (await events(house.database, owner), await deliveries(house.database, owner)) == before
    assert ids.parsed("prod", before[0][0]["subject_id"]) == tea.id
