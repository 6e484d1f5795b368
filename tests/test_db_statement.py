"""Statements: compiled once, run by asyncpg, their rows like the table's class."""

from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
import sqlalchemy as sa

from db import ids, organization
from db.organization import Details, Organization
from db.product import Product
from db.statement import Statement, constant, inserts, statement, stored, table_of, updates

NOW = datetime(2026, 11, 23, tzinfo=UTC)


async def test_rows_read_like_the_table(database):
    async with database.transaction() as connection:
        row = await organization.create(connection, Details(name="Acme", slug="acme"), NOW)

    assert isinstance(row, asyncpg.Record)
    assert row.name == row["name"] == "Acme"
    assert row.typeid == ids.shown("org", row.id)
    assert row.NOUN == "Organization"
    with pytest.raises(AttributeError, match="nothing"):
        _ = row.nothing


def test_the_class_of_rows_is_made_once():
    assert stored(Product, ("id",)) is stored(Product, ("id",))
    assert stored(Product, ("id",)).__name__ == "Product"


async def test_values_are_given_by_name_and_constants_stand(database):
    query = statement(
        sa.select(
            sa.bindparam("a", type_=sa.Integer) - sa.bindparam("b", type_=sa.Integer) + 100,
            constant("x"),
        )
    )
    async with database.reading() as connection:
        assert await query.value(connection, b=2, a=7) == 105
        row = await query.row(connection, a=1, b=1)
        assert tuple(row) == (100, "x")
        with pytest.raises(KeyError):
            await query.value(connection, a=1)


async def test_no_row_is_none_or_a_fault_where_one_is_sure(database):
    query = Statement(
        sa.select(table_of(Organization)).where(table_of(Organization).c.id == sa.bindparam("id")),
        Organization,
    )
    async with database.reading() as connection:
        assert await query.first(connection, id=uuid4()) is None
        assert await query.all(connection, id=uuid4()) == []
        assert await query.value(connection, id=uuid4()) is None
        with pytest.raises(AssertionError, match="SELECT"):
            await query.row(connection, id=uuid4())


def test_an_insert_names_every_column():
    assert set(inserts(Product).compile().params) == set(table_of(Product).columns.keys())


def test_an_update_finds_its_row_by_the_whole_key():
    sql = Statement(updates(Product), Product).sql

    assert "WHERE product.organization_id = $" in sql
    assert "AND product.id = $" in sql
    assert sql.count("RETURNING") == 1
