"""Invoices are announced when they are made and when they expire, once each."""

import asyncio
from datetime import timedelta

import pytest
from pydantic import ValidationError

from db import invoice_change
from db.actor import OPERATOR, Origin
from db.money import exact
from tests.event_parts import deliveries, events, subscribe, told
from tests.shop import LINE, READ_INVOICE, abandoned, bill

CREATED, EXPIRED = "invoice.created", "invoice.expired"


def soon(house):
    return (house.clock.now + timedelta(hours=1)).isoformat()


def without_products(invoice):
    lines = [{k: v for k, v in line.items() if k != "product"} for line in invoice["lines"]]
    return {**invoice, "lines": lines}


async def said(house, owner):
    """What was told of invoices."""
    return [pair for pair in await told(house.database, owner) if pair[0].startswith("invoice.")]


async def test_a_new_invoice_is_announced_with_its_number_and_lines(house):
    key = await house.key()
    hook = await subscribe(house.database, key.organization, house.clock())
    invoice = await bill(house, key, LINE, {**LINE, "description": "More", "quantity": 3})

    [(type_, data)] = await said(house, key.organization)
    assert (type_, data) == (CREATED, without_products(invoice))
    assert data["number"] == "INV-000001"
    assert [line["description"] for line in data["lines"]] == ["Advice", "More"]
    [delivery] = await deliveries(house.database, key.organization)
    assert (delivery["webhook_id"], delivery["event_type"]) == (hook, CREATED)


async def test_what_expires_is_announced_once_by_the_sweeper(house):
    first, second = await house.key(), await house.key()
    hook = await subscribe(house.database, first.organization, house.clock())
    due = [await bill(house, key, expiresAt=soon(house)) for key in (first, first, second)]
    await bill(house, first)
    house.clock.advance(hours=2)

    async def sweep():
        async with house.database.transaction() as connection:
            return await invoice_change.expire_due(connection, house.clock.now)

    assert sum(await asyncio.gather(sweep(), sweep())) == 3
    assert await sweep() == 0

    told_first = await said(house, first.organization)
    assert [type_ for type_, _ in told_first] == [CREATED] * 3 + [EXPIRED] * 2
    for key, invoices in ((first, due[:2]), (second, due[2:])):
        ended = [data for type_, data in await said(house, key.organization) if type_ == EXPIRED]
        ended.sort(key=lambda data: data["number"])
        for data, invoice in zip(ended, invoices, strict=True):
            assert data == {**without_products(invoice), "status": EXPIRED.split(".")[1].upper()}
            read = (await house.ask(key, READ_INVOICE, id=invoice["id"])).data["invoice"]
            assert data == without_products(read)
    sent = await deliveries(house.database, first.organization)
    assert [(row["webhook_id"], row["event_type"]) for row in sent] == [
        *[(hook, CREATED)] * 3,
        *[(hook, EXPIRED)] * 2,
    ]


async def test_what_is_rolled_back_is_not_announced(house):
    key = await house.key()
    await bill(house, key, expiresAt=soon(house))
    house.clock.advance(hours=2)
    before = await events(house.database, key.organization)
    async with abandoned(house.database) as connection:
        assert await invoice_change.expire_due(connection, house.clock.now) == 1

    assert await events(house.database, key.organization) == before
    read = await house.ask(key, READ_INVOICE, id=before[-1]["subject_id"])
    assert read.data["invoice"]["status"] == "EXPIRED"


async def test_a_sweep_takes_three_statements_for_each_invoice(house):
    counted = []
    for number in (1, 6):
        key = await house.key()
        for _ in range(number):
            await bill(house, key, expiresAt=soon(house))
        house.clock.advance(hours=2)
        async with house.database.transaction() as connection:
            with house.counting() as statements:
                assert await invoice_change.expire_due(connection, house.clock.now) == number
        counted.append(len(statements))

    # Its audit entry, its event, its notification; two for all of them: the invoices, their lines.
    assert counted == [2 + 3, 2 + 6 * 3]


@pytest.mark.parametrize("stated", [{"customer_name": " "}, {"memo": "x" * 2001}])
async def test_what_is_stated_is_judged_whoever_states_it(house, stated):
    owner = await house.organization()
    lines = [invoice_change.NewLine(None, "Advice", 1, exact("1", "EUR"))]

    async with house.database.transaction() as connection:
        with pytest.raises(ValidationError):
            await invoice_change.create(
                connection, owner, Origin(OPERATOR, house.clock()), stated, "EUR", lines
            )

    assert await events(house.database, owner) == []
