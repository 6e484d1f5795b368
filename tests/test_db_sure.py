"""Types that the database makes sure of, and those that it doesn't."""

from datetime import datetime
from types import NoneType

import sqlalchemy as sa
from sqlmodel import select

from db.api_key import ApiKey
from db.asked import ASKED
from db.invoice import Invoice
from db.invoice_line import InvoiceLine
from db.product import LIST, Product
from db.statement import worded
from db.sure import kinds_of, table_of

TABLE = table_of(Product)


def test_columns_of_one_table_are_what_the_table_says():
    kinds = dict(kinds_of(select(Product), Product))

    assert kinds["name"] == {str}
    assert kinds["sku"] == {str, NoneType}
    assert kinds["active"] == {bool}
    assert kinds["created_at"] == {datetime}
    assert kinds.keys().isdisjoint({"id", "price_amount", "labels"})


def test_a_number_that_is_shown_as_text_is_text():
    amount = sa.cast(TABLE.c.price_amount, sa.Text).label("price_amount")

    assert dict(kinds_of(sa.select(amount), Product)) == {"price_amount": {str}}


def test_of_whole_numbers_those_are_sure_that_an_int_can_show():
    assert dict(kinds_of(select(InvoiceLine), InvoiceLine))["quantity"] == {int}
    assert "number" not in dict(kinds_of(select(Invoice), Invoice))


def test_rows_that_are_found_for_a_list_of_values_are_as_sure():
    query = sa.select(ASKED.c.place, TABLE.c.name).where(TABLE.c.id == ASKED.c.id)

    assert dict(kinds_of(query, Product)) == {"name": {str}}


def test_nothing_is_sure_of_what_is_joined_worked_out_or_worded():
    joined = sa.select(TABLE.c.name).select_from(table_of(ApiKey).outerjoin(TABLE, sa.true()))
    worked_out = sa.select(sa.func.lower(TABLE.c.name).label("name"))
    assert kinds_of(joined, Product) == frozenset()
    assert kinds_of(worked_out, Product) == frozenset()
    assert kinds_of(worded("SELECT 1 AS name", {}, ["name"]), Product) == frozenset()
    assert kinds_of(LIST.rows, tuple) == frozenset()
