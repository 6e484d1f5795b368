"""What is kept of rows, and read again, reads the same."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest

import db.invoice
import db.invoice_line
from db import ids
from db.created import CreatedRow
from db.invoice_line import InvoiceLine
from db.money import Money
from db.notification import NotificationCategory
from db.notification_settings import Chosen, default
from db.preserved import preserved, restored
from tests.shop import TEA, bill, sell

PLAIN = [
    None,
    True,
    0,
    -(2**63),
    2.5,
    "",
    "Зелёный чай \N{TEACUP WITHOUT HANDLE}\n",
    UUID(int=7),
    datetime(2026, 11, 24, 10, 30, 0, 123456, UTC),
    datetime(2026, 11, 24, tzinfo=timezone(timedelta(hours=5))),
    Decimal("2.50"),
    Decimal("1E+3"),
    b"",
    b"\0\xff",
    [],
    [1, [None, {"uuid": "no tag", "row": [UUID(int=1)]}]],
    {},
]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_a_value_comes_back_as_it_was(value):
    again = restored(preserved(value))

    assert (again, type(again)) == (value, type(value))


def test_an_amount_keeps_its_digits():
    assert str(restored(preserved(Decimal("2.50")))) == "2.50"


def test_a_member_of_an_enum_comes_back_as_its_value():
    assert restored(preserved(NotificationCategory.SECURITY)) == "SECURITY"


def test_named_tuples_have_their_fields_again():
    chosen = Chosen([default(NotificationCategory.INVOICES)], ("a@shop.test",))

    again = restored(preserved(chosen))

    assert [vars(preference) for preference in again.preferences] == [
        {"category": "INVOICES", "in_app": True, "email": False}
    ]
    assert again.emails == ["a@shop.test"]


async def test_a_row_has_its_columns_and_properties_again(house):
    key = await house.key()
    product = await sell(house, key.organization, "Tea")

    again = restored(preserved(product))

    read = {name: getattr(again, name) for name in dict(product)}
    assert read == dict(product)
    assert (again.typeid, again.NOUN, again.PREFIX) == (product.typeid, "Product", "prod")
    assert again.price == product.price
    assert type(again).__name__ == "Product"


async def test_rows_of_every_table_are_known_by_name(house):
    key = await house.key()
    invoice = await bill(house, key, {"description": "A", "unitPrice": TEA["price"]})
    async with house.database.reading() as connection:
        id = ids.parsed("inv", invoice["id"])
        lines = await db.invoice_line.lines_by_ids(connection, key.organization, [id])
        found = await db.invoice.find(connection, key.organization, id, house.clock())

    [line] = restored(preserved(lines[id]))

    assert type(line).__name__ == InvoiceLine.__name__
    price = Money(Decimal("2.50"), "EUR")
    again = restored(preserved(found))
    assert (line.unit_price, line.total, again.total) == (price, price, price)
    assert again.shown_number == invoice["number"]
    assert again.created_by == found.created_by
    assert CreatedRow.created_by.fget is type(again).created_by.fget


async def test_a_row_of_no_table_is_not_kept(house):
    async with house.database.reading() as connection:
        row = await connection.fetchrow("SELECT 1 AS one")

    with pytest.raises(AssertionError, match="Record is no table"):
        preserved([row])


def test_what_cannot_come_back_is_not_kept():
    with pytest.raises(TypeError, match="A set can't be kept for a request that comes again"):
        preserved({"a": {1}})
