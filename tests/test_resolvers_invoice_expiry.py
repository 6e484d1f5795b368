"""Open invoices expire by the clock, and the sweeper writes that down once."""

import asyncio
from datetime import timedelta

from db import invoice_change
from tests.shop import READ_INVOICE, abandoned, bill, entries, opened_still, sell

LIST = """query($filter: InvoiceFilter) {
  invoices(filter: $filter) { totalCount nodes { number status } } }"""


def later(house, **span):
    return (house.clock.now + timedelta(**span)).isoformat()


async def by_status(house, key):
    """The numbers that each status filters, as list and count agree on."""
    numbers = {}
    for status in ("OPEN", "EXPIRED", "PAID", "VOID"):
        found = (await house.ask(key, LIST, filter={"status": status})).data["invoices"]
        assert {node["status"] for node in found["nodes"]} <= {status}
        numbers[status] = [node["number"][-1] for node in reversed(found["nodes"])]
        assert found["totalCount"] == len(numbers[status])
    return numbers


async def swept(house, most=500):
    async with house.database.transaction() as connection:
        return await invoice_change.expire_due(connection, house.clock.now, most)


async def test_reads_and_filters_know_it_before_the_sweeper(house):
    key = await house.key()
    await bill(house, key)
    due = await bill(house, key, expiresAt=later(house, hours=1))
    await bill(house, key, expiresAt=later(house, days=1))

    house.clock.advance(minutes=59)
    assert await by_status(house, key) == {
        "OPEN": ["1", "2", "3"],
        "EXPIRED": [],
        "PAID": [],
        "VOID": [],
    }
    house.clock.advance(minutes=2)

    assert await by_status(house, key) == {
        "OPEN": ["1", "3"],
        "EXPIRED": ["2"],
        "PAID": [],
        "VOID": [],
    }
    read = (await house.ask(key, READ_INVOICE, id=due["id"])).data["invoice"]
    assert read == {**due, "status": "EXPIRED"}
    assert await entries(house, key.organization, "action") == [("invoice.created",)] * 3


async def test_it_expires_at_the_very_moment(closed_house):
    house = await opened_still(closed_house)
    key = await house.key()
    invoice = await bill(house, key, expiresAt=later(house, microseconds=2))

    statuses = []
    for _ in range(3):
        read = await house.ask(key, READ_INVOICE, id=invoice["id"])
        statuses.append((read.data["invoice"]["status"], await swept(house)))
        house.clock.advance(microseconds=1)

    assert statuses == [("OPEN", 0), ("OPEN", 0), ("EXPIRED", 1)]


async def test_the_sweeper_writes_each_down_once_for_all_organizations(house):
    keys = [await house.key(), await house.key()]
    for key in keys:
        await bill(house, key)
    ids = [(await bill(house, key, expiresAt=later(house, hours=1)))["id"] for key in keys]
    assert await swept(house) == 0

    house.clock.advance(hours=2)

    assert [await swept(house), await swept(house)] == [2, 0]
    for key, id in zip(keys, ids, strict=True):
        columns = ["action", "subject_id", "actor_kind", "actor_id", "actor_name", "changes"]
        assert (await entries(house, key.organization, *columns))[2:] == [
            ("invoice.expired", id, "SYSTEM", "system", "Expiry", {})
        ]
        assert (await by_status(house, key))["EXPIRED"] == ["2"]
        async with house.database.reading() as connection:
            state = "SELECT state FROM invoice WHERE organization_id = $1 ORDER BY number"
            rows = await connection.fetch(state, key.organization)
        assert [row["state"] for row in rows] == ["OPEN", "EXPIRED"]


async def test_the_sweeper_takes_the_longest_due_first_and_no_more_than_told(house):
    key = await house.key()
    for hours in (3, 1, 2):
        await bill(house, key, expiresAt=later(house, hours=hours))
    house.clock.advance(hours=4)

    assert await swept(house, most=2) == 2
    async with house.database.reading() as connection:
        left = "SELECT number FROM invoice WHERE organization_id = $1 AND state = 'OPEN'"
        assert await connection.fetchval(left, key.organization) == 1
    assert [await swept(house, most=2), await swept(house, most=2)] == [1, 0]


async def test_two_sweepers_at_once_share_the_work(house):
    key = await house.key()
    for _ in range(6):
        await bill(house, key, expiresAt=later(house, hours=1))
    house.clock.advance(hours=2)

    async with house.database.transaction() as first, house.database.transaction() as second:
        counts = [
            await invoice_change.expire_due(first, house.clock.now, 4),
            await invoice_change.expire_due(second, house.clock.now, 4),
        ]
    at_once = await asyncio.gather(swept(house), swept(house))

    assert (counts, at_once) == ([4, 2], [0, 0])
    expired = (await entries(house, key.organization, "action", "subject_id"))[6:]
    assert {action for action, _ in expired} == {"invoice.expired"}
    assert len(set(expired)) == len(expired) == 6


async def test_a_sweep_that_is_rolled_back_is_done_again(house):
    key = await house.key()
    await bill(house, key, expiresAt=later(house, hours=1))
    house.clock.advance(hours=2)

    async with abandoned(house.database) as connection:
        assert await invoice_change.expire_due(connection, house.clock.now) == 1

    assert await swept(house) == 1


async def test_products_that_went_leave_expired_invoices_readable(house):
    key = await house.key()
    tea = await sell(house, key.organization, "Tea")
    due = await bill(house, key, {"productId": tea.typeid}, expiresAt=later(house, hours=1))
    house.clock.advance(hours=2)
    await swept(house)

    read = (await house.ask(key, READ_INVOICE, id=due["id"])).data["invoice"]

    assert read == {**due, "status": "EXPIRED"}
