"""Invoices that are made at once: numbered without gaps, counted exactly, never twice."""

import asyncio

from db import invoice_change
from db.actor import OPERATOR, Origin
from db.invoice_change import NewLine
from db.money import exact
from tests.shop import CREATE_INVOICE, LINE, abandoned, bill, entries

ADVICE = [NewLine(None, "Advice", 1, exact("1", "EUR"))]


async def create(connection, house, owner):
    origin = Origin(OPERATOR, house.clock())
    return await invoice_change.create(connection, owner, origin, {}, "EUR", ADVICE)


async def test_100_at_once_have_100_numbers_without_a_gap(house):
    key = await house.key()

    invoices = await asyncio.gather(*[bill(house, key) for _ in range(100)])

    numbers = [invoice["number"] for invoice in invoices]
    assert sorted(numbers) == [f"INV-{number:06}" for number in range(1, 101)]
    assert len({invoice["id"] for invoice in invoices}) == 100
    counted = await house.ask(key, "{ invoices(first: 0) { totalCount } }")
    assert counted.data == {"invoices": {"totalCount": 100}}
    assert len(set(await entries(house, key.organization, "subject_id"))) == 100


async def test_those_that_fail_in_between_leave_no_gap(house):
    key = await house.key()
    good, bad = {"lines": [LINE]}, {"lines": [LINE], "memo": "\0"}

    answers = await asyncio.gather(
        *[house.ask(key, CREATE_INVOICE, input=[good, bad][place % 2]) for place in range(30)]
    )

    made = [answer.body["data"]["createInvoice"] for answer in answers]
    assert sum(each is None for each in made) == 15
    numbers = sorted(each["invoice"]["number"] for each in made if each)
    assert numbers == [f"INV-{number:06}" for number in range(1, 16)]


async def test_organizations_are_numbered_apart_and_do_not_wait_for_one_another(house):
    first, second = await house.organization(), await house.organization()

    async with house.database.transaction() as one, house.database.transaction() as other:
        async with asyncio.timeout(5):
            numbers = [
                (await create(one, house, first)).number,
                (await create(other, house, second)).number,
                (await create(one, house, first)).number,
            ]

    assert numbers == [1, 1, 2]


async def somebody_waits(house):
    """Return once a transaction waits for another one."""
    waiting = 0
    async with asyncio.timeout(10), house.database.reading() as connection:
        while not waiting:
            waiting = await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted")


async def test_numbers_that_are_given_back_are_given_again(house):
    owner = await house.organization()

    async with abandoned(house.database) as connection:
        for number in (1, 2, 3):
            assert (await create(connection, house, owner)).number == number

    assert await entries(house, owner, "action") == []
    async with house.database.transaction() as connection:
        assert (await create(connection, house, owner)).number == 1


async def test_who_waits_for_a_number_that_is_given_back_gets_it(house):
    owner = await house.organization()

    async def next_number():
        async with house.database.transaction() as connection:
            return (await create(connection, house, owner)).number

    async with abandoned(house.database) as connection:
        assert (await create(connection, house, owner)).number == 1
        waiting = asyncio.create_task(next_number())
        await somebody_waits(house)

    assert await waiting == 1
    assert await entries(house, owner, "action") == [("invoice.created",)]


async def test_two_mutations_of_one_document_are_two_invoices(house):
    key = await house.key()
    both = """mutation($input: CreateInvoiceInput!) {
      a: createInvoice(input: $input) { invoice { number } }
      b: createInvoice(input: $input) { invoice { number } } }"""

    answer = await house.ask(key, both, input={"lines": [LINE]})

    assert [payload["invoice"]["number"] for payload in answer.data.values()] == [
        "INV-000001",
        "INV-000002",
    ]
