"""Invoices, from the client's side: what works, who sees it, what is written down."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tests.shop import (
    CREATE_INVOICE,
    DELETE_PRODUCT,
    LINE,
    MADE_UP,
    READ_INVOICE,
    UPDATE_PRODUCT,
    bill,
    entries,
    opened_still,
    sell,
    shown,
    written,
)

ALL_STATED = {
    "customerName": " Ёлка & Söhne ",
    "customerEmail": " pay@ёлка.test ",
    "memo": " Two\nlines ",
    "expiresAt": "2999-12-31T23:00:00.5+02:00",
    "metadata": {"order": "77"},
}


def euros(amount):
    return {"amount": amount, "currency": "EUR"}


async def read(house, key, id):
    return (await house.ask(key, READ_INVOICE, id=id)).data["invoice"]


async def test_create_then_read(closed_house):
    house = await opened_still(closed_house)
    key = await house.key(name="Till 4")

    invoice = await bill(house, key)

    assert invoice == {
        "id": invoice["id"],
        "number": "INV-000001",
        "status": "OPEN",
        "customerName": None,
        "customerEmail": None,
        "memo": None,
        "total": euros("80.00"),
        "createdAt": shown(house.clock.now),
        "expiresAt": None,
        "paidAt": None,
        "paidLate": False,
        "createdBy": {"kind": "API_KEY", "id": key.id, "name": "Till 4"},
        "metadata": {},
        "lines": [
            {
                "description": "Advice",
                "quantity": 1,
                "unitPrice": euros("80.00"),
                "total": euros("80.00"),
                "product": None,
            }
        ],
    }
    assert invoice["id"].startswith("inv_")
    assert await read(house, key, invoice["id"]) == invoice


async def test_create_keeps_all_that_is_stated(house):
    key = await house.key()

    invoice = await bill(house, key, **ALL_STATED)

    assert await read(house, key, invoice["id"]) == {
        **invoice,
        **ALL_STATED,
        "customerName": "Ёлка & Söhne",
        "customerEmail": "pay@ёлка.test",
        "expiresAt": "2999-12-31T21:00:00.500000Z",
    }


async def test_create_takes_null_for_what_may_be_left_out(house):
    key = await house.key()
    plain = await bill(house, key)

    invoice = await bill(house, key, **dict.fromkeys(ALL_STATED))

    own = {name: plain[name] for name in ("id", "number", "createdAt")}
    assert {**invoice, **own} == plain


async def test_lines_copy_the_product_unless_they_say_otherwise(house):
    key = await house.key()
    tea = await sell(house, key.organization, "Tea", price_amount=Decimal("2.50"))
    shown = {"id": tea.typeid, "name": "Tea"}

    invoice = await bill(
        house,
        key,
        {"productId": tea.typeid, "quantity": 3},
        {"productId": tea.typeid, "description": " Tasting ", "unitPrice": euros("0")},
        {"productId": tea.typeid, "description": None, "unitPrice": None},
        LINE,
    )

    assert invoice["lines"] == [
        {
            "description": "Tea",
            "quantity": 3,
            "unitPrice": euros("2.50"),
            "total": euros("7.50"),
            "product": shown,
        },
        {
            "description": "Tasting",
            "quantity": 1,
            "unitPrice": euros("0.00"),
            "total": euros("0.00"),
            "product": shown,
        },
        {
            "description": "Tea",
            "quantity": 1,
            "unitPrice": euros("2.50"),
            "total": euros("2.50"),
            "product": shown,
        },
        {
            "description": "Advice",
            "quantity": 1,
            "unitPrice": euros("80.00"),
            "total": euros("80.00"),
            "product": None,
        },
    ]
    assert invoice["total"] == euros("90.00")


async def test_a_line_with_a_price_of_its_own_decides_the_currency(house):
    key = await house.key()
    tea = await sell(house, key.organization, "Tea", price_amount=Decimal("2.50"))
    dollars = {"amount": "3", "currency": "USD"}

    invoice = await bill(house, key, {"productId": tea.typeid, "unitPrice": dollars})

    assert invoice["total"] == {"amount": "3.00", "currency": "USD"}


async def test_each_line_of_each_invoice_has_its_own_product(house):
    key = await house.key()
    sold = [await sell(house, key.organization, name) for name in ("Tea", "Mug")]
    tea, mug = [{"productId": product.typeid} for product in sold]
    await bill(house, key, mug, tea, LINE)
    await bill(house, key, tea, mug, tea, tea)

    with house.counting() as statements:
        answer = await house.ask(key, "{ invoices { nodes { lines { product { name } } } } }")
    assert [
        [line["product"] for line in invoice["lines"]]
        for invoice in answer.data["invoices"]["nodes"]
    ] == [
        [{"name": "Tea"}, {"name": "Mug"}, {"name": "Tea"}, {"name": "Tea"}],
        [{"name": "Mug"}, {"name": "Tea"}, None],
    ]
    assert len(statements) == 3


async def test_lines_stay_as_they_were_when_the_product_changes_or_goes(house):
    key = await house.key()
    tea = await sell(house, key.organization, "Tea", price_amount=Decimal("2.50"))
    before = await bill(house, key, {"productId": tea.typeid, "quantity": 2})

    changes = {"name": "Coffee", "price": {"amount": "9", "currency": "JPY"}}
    await house.ask(key, UPDATE_PRODUCT, input={"id": tea.typeid, **changes})
    changed = await read(house, key, before["id"])
    await house.ask(key, DELETE_PRODUCT, input={"id": tea.typeid})
    gone = await read(house, key, before["id"])

    [line] = before["lines"]
    assert changed == {
        **before,
        "lines": [{**line, "product": {"id": tea.typeid, "name": "Coffee"}}],
    }
    assert gone == {**before, "lines": [{**line, "product": None}]}


@pytest.mark.parametrize(
    ("currency", "amount", "total"),
    [
        ("EUR", "0.01", "1.00"),
        ("JPY", "999999999999", "99999999999900"),
        ("BHD", "0.007", "0.700"),
        ("ETH", "999999999999.999999999999999999", "99999999999999.999999999999999900"),
    ],
)
async def test_the_sum_of_100_lines_is_exact(house, currency, amount, total):
    key = await house.key()
    line = {"description": "x", "unitPrice": {"amount": amount, "currency": currency}}

    invoice = await bill(house, key, *[line] * 100)

    assert len(invoice["lines"]) == 100
    assert invoice["total"] == {"amount": total, "currency": currency}
    assert sum(Fraction(each["total"]["amount"]) for each in invoice["lines"]) == Fraction(total)


async def test_the_largest_invoice_is_exact(house):
    key = await house.key()
    price = {"amount": "999999999999.999999999999999999", "currency": "ETH"}
    line = {"description": "x", "quantity": 2**31 - 1, "unitPrice": price}

    invoice = await bill(house, key, *[line] * 100)

    units = (10**30 - 1) * (2**31 - 1)
    assert invoice["lines"][99]["total"]["amount"] == f"{units // 10**18}.{units % 10**18:018}"
    whole, part = divmod(units * 100, 10**18)
    assert invoice["total"] == {"amount": f"{whole}.{part:018}", "currency": "ETH"}


async def test_numbers_follow_one_another_in_each_organization(house):
    first, second = await house.key(), await house.key()

    numbers = [(await bill(house, key))["number"] for key in (first, first, second, first, second)]

    assert numbers == ["INV-000001", "INV-000002", "INV-000001", "INV-000003", "INV-000002"]


async def test_numbers_grow_beyond_six_digits(house):
    key = await house.key()
    await bill(house, key)
    async with house.database.transaction() as connection:
        await connection.execute(
            "UPDATE invoice_counter SET last = 999998 WHERE organization_id = $1", key.organization
        )

    assert [(await bill(house, key))["number"] for _ in range(2)] == ["INV-999999", "INV-1000000"]
    search = "query($s: String) { invoices(filter: {search: $s}) { nodes { number } } }"
    assert (await house.ask(key, search, s="inv-1000000")).data == {
        "invoices": {"nodes": [{"number": "INV-1000000"}]}
    }


async def test_another_organization_sees_nothing_and_can_use_nothing(house):
    key, other = await house.key(), await house.key()
    tea = await sell(house, key.organization, "Tea")
    invoice = await bill(house, key, {"productId": tea.typeid})
    before = await written(house, key.organization), await written(house, other.organization)

    assert await read(house, other, invoice["id"]) is None
    listed = await house.ask(other, "{ invoices { totalCount nodes { id } } }")
    assert listed.data == {"invoices": {"totalCount": 0, "nodes": []}}
    answer = await house.ask(other, CREATE_INVOICE, input={"lines": [{"productId": tea.typeid}]})
    assert (answer.status, answer.codes) == (200, ["NOT_FOUND"])
    assert answer.fields == {"input.lines.0.productId": "there is no such product"}
    after = await written(house, key.organization), await written(house, other.organization)
    assert after == before


async def test_an_invoice_that_is_not_there_is_null_and_other_ids_are_refused(house):
    key = await house.key()

    assert await read(house, key, f"inv_{MADE_UP}") is None
    for id in (f"prod_{MADE_UP}", "inv_", "", "inv_\0"):
        answer = await house.ask(key, READ_INVOICE, id=id)
        assert answer.codes == ["INVALID_INPUT"]
        assert answer.fields == {"id": "must be inv_ and 26 letters or digits"}


async def test_what_was_done_is_recorded_with_who_did_it_and_from_where(house):
    key = await house.key(name="Till 4")
    stated = {"lines": [LINE]}
    answer = await house.ask(key, CREATE_INVOICE, {"X-Request-Id": "request-7"}, input=stated)

    columns = ["actor_kind", "actor_id", "actor_name", "host(address)", "request_id"]
    assert await entries(house, key.organization, *columns, "action", "subject_id", "changes") == [
        (
            *("API_KEY", key.id, "Till 4", "127.0.0.1", "request-7", "invoice.created"),
            answer.data["createInvoice"]["invoice"]["id"],
            {},
        )
    ]
    counted = await house.ask(key, "{ invoices(first: 0) { totalCount } }")
    assert counted.data == {"invoices": {"totalCount": 1}}
