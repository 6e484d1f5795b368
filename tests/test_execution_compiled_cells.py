"""Columns that are read at once say what the rows say one by one."""

from decimal import Decimal
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from db.invoice import Invoice
from db.invoice_line import InvoiceLine
from db.product import Product
from db.statement import DIALECT, Statement, stored, table_of, worded
from execution.compiled.cells import takes_of
from execution.compiled.field import NOT_READ
from execution.compiled.fields import Fields
from schema.connection import RowEdge


class Loud(RowEdge):
    @property
    def cursor(self):
        return self[0].upper()


class Bare(NamedTuple):
    one: int


async def rows_of(database, kind, columns):
    """Two rows of a table's record class, which no table needs to hold."""
    shown = ", ".join(f"{value} AS {name}" for name, value in columns.items())
    query = Statement(worded(f"SELECT {shown} FROM generate_series(1, 2)", {}, list(columns)), kind)
    async with database.reading() as connection:
        return await query.all(connection)


def columns_of(kind):
    """Each column of a table with a value of its type, in SQL."""
    values = {UUID: "gen_random_uuid()", Decimal: "random()::numeric", int: "7", str: "'EUR'"}
    return {
        column.name: values.get(
            column.type.python_type, f"NULL::{column.type.compile(dialect=DIALECT)}"
        )
        for column in table_of(kind).columns
    }


@pytest.mark.parametrize("kind", [Product, Invoice, InvoiceLine])
async def test_what_is_derived_at_once_is_what_each_row_derives(database, kind):
    rows = await rows_of(database, kind, columns_of(kind))
    names = [*kind.derived(), *columns_of(kind)]
    takes = takes_of(type(rows[0]), names)
    cells = list(zip(*rows, strict=True))

    assert takes is not None
    shown = {name: take(cells) for name, take in zip(names, takes, strict=True) if take}
    assert shown == {name: [getattr(row, name) for row in rows] for name in names}
    assert kind.derived()


def test_what_lacks_a_column_that_it_is_derived_from_is_left_to_the_row():
    takes = takes_of(stored(Product, ("price_amount", "name")), ["price", "typeid", "name"])

    assert takes is not None
    assert [take is not None for take in takes] == [False, False, True]


def test_a_column_that_two_tables_gave_is_left_to_the_row():
    assert takes_of(stored(Product, ("name", "name")), ["name"]) is None


def test_a_property_in_place_of_a_column_is_left_to_the_row():
    assert takes_of(stored(Product, ("price",)), ["price"]) is None


def test_named_tuples_are_read_by_place_but_where_a_property_stands_before_it():
    takes = takes_of(RowEdge, ["node", "cursor", None])
    loud = takes_of(Loud, ["node", "cursor"])

    assert Loud("a", "b").cursor == "A"
    assert takes is not None
    assert loud is not None
    assert takes[0]([("a", "b"), (1, 2)]) == [1, 2]
    assert takes[1]([("a", "b"), (1, 2)]) == ["a", "b"]
    assert [take is not None for take in (takes[2], *loud)] == [False, True, False]


@pytest.mark.parametrize("kind", [tuple, dict, Statement, Bare])
def test_others_are_left_to_the_row(kind):
    assert takes_of(kind, ["two", None]) is None


def test_objects_of_different_kinds_are_left_to_the_row():
    field: Any = SimpleNamespace(key="node", attribute="node")
    fields = Fields([field])

    assert fields.read([RowEdge("a", "b"), RowEdge("c", "d")]) == [["b", "d"]]
    assert fields.read([RowEdge("a", "b"), Bare(1)]) == [NOT_READ]
