"""Rows that are found for a list of ids, by the place of each."""

from uuid import UUID

import asyncpg
import pytest

import db.invoice_line
import db.product
from db.asked import Flat, lists_of, one_each
from tests.shop import sell

OWNER = UUID(int=1)


def test_each_id_has_its_row_or_none():
    assert one_each([(3, "c"), (1, "a")], 4) == [(1, "a"), None, (3, "c"), None]


def test_each_id_has_its_rows_in_their_order():
    rows = [(2, "first"), (1, "only"), (2, "second")]
    assert lists_of(rows, 3) == [[(1, "only")], [(2, "first"), (2, "second")], []]


@pytest.mark.parametrize(
    "values", [[], [OWNER], [None], [OWNER, None, OWNER], [UUID(int=n) for n in range(1_000)]]
)
async def test_a_flat_array_arrives_whole_and_again_where_it_is_sent_once_more(database, values):
    given = Flat(values)
    async with database.reading() as connection:
        for _ in range(3):
            assert await connection.fetchval("SELECT $1::uuid[]", given) == values


async def test_a_flat_array_that_asyncpg_may_not_encode_is_refused_as_a_list_is(database):
    async with database.reading() as connection:
        with pytest.raises(asyncpg.DataError):
            await connection.fetchval("SELECT $1::uuid[]", Flat(["no UUID"]))
        # What is a list after all is found when it is written.
        with pytest.raises(asyncpg.DataError):
            await connection.fetchval("SELECT $1::uuid[]", Flat([[OWNER]]))
        assert await connection.fetchval("SELECT $1::uuid[]", Flat([OWNER])) == [OWNER]


async def test_each_id_has_its_own_product_as_often_as_it_is_asked_for(house):
    ours, theirs = await house.key(), await house.key()
    tea, mug = [await sell(house, key.organization, "Tea") for key in (ours, theirs)]

    async with house.database.reading() as connection:
        asked = [mug.id, tea.id, OWNER, None, tea.id]
        rows = await db.product.placed(connection, ours.organization, asked)
    found = [row and row.id for row in one_each(rows, len(asked))]
    assert found == [None, tea.id, None, None, tea.id]


@pytest.mark.parametrize("query", [db.product.IN_ORDER, db.invoice_line.IN_ORDER])
async def test_the_table_itself_is_narrowed_by_the_ids(database, query):
    # Where only the join did that, all rows of an organization could be read.
    sql = query.fit(None).sql
    async with database.reading() as connection:
        plan = await connection.fetch(f"EXPLAIN {sql}", [OWNER], OWNER)
    assert len([row for (row,) in plan if "id = ANY (" in row]) == 1


MORE = """
INSERT INTO product (id, sku, organization_id, created_at, name, price_amount, price_currency,
  active, labels, updated_at)
SELECT gen_random_uuid(), 'sku-' || n, organization_id, created_at, name, price_amount,
  price_currency, active, labels, updated_at
FROM product, generate_series(1, 200) AS n"""


async def test_of_a_small_table_no_more_is_read_than_what_is_asked_for(house, database_url):
    owner = (await house.key()).organization
    await sell(house, owner, "Tea")
    other = await asyncpg.connect(database_url)
    await other.execute(f"{MORE}; ANALYZE product")
    ids = await other.fetch("SELECT id FROM product LIMIT 60")
    await other.close()
    sql = db.product.IN_ORDER.fit(frozenset(["name"])).sql

    async with house.database.reading() as connection:
        plan = await connection.fetch(f"EXPLAIN {sql}", [row["id"] for row in ids], owner)
    assert not [row for (row,) in plan if "Seq Scan" in row], plan
