"""Pages by a filter that no index has in the list's order: near the start, or far from it."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

import db.product
from db.page import Ask, Sorting, substring
from db.page_asked import BY_TIME
from db.page_scattered import REACH

OWNER, OTHER = UUID(int=1), UUID(int=2)
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
COUNT = 2 * REACH + 500
# Every tenth is a common tea; the rare ones are three, far from either end by time and by name.
RARE = [1_100, 1_200, 1_300]
FILL = """INSERT INTO product (organization_id, id, created_at, name, active, price_amount,
  price_currency, labels, updated_at)
SELECT $1, lpad(to_hex(n), 32, '0')::uuid, $2, lpad(n::text, 5, '0') || CASE
    WHEN n = ANY ($4::int[]) THEN ' rare' WHEN n % 10 = 0 THEN ' common' ELSE ' tea' END,
  true, 1, 'EUR', '{}', $2
FROM generate_series(1, $3::int) AS n"""
BY_NAME = db.product.BY_NAME


@pytest.fixture
async def connection(database):
    """A connection to a database with many products of one organization, and a few of another."""
    async with database.transaction() as connection:
        for owner, count in ((OWNER, COUNT), (OTHER, 20)):
            await connection.execute(
                "INSERT INTO organization (id, name, slug, created_at) VALUES ($1, $2, $2, $3)",
                owner,
                f"organization-{owner.int}",
                BEGIN,
            )
            await connection.execute(FILL, owner, BEGIN, count, RARE)
        yield connection


async def numbers(connection, ask, word, sorting=None, owner=OWNER):
    """The page as numbers of products, and whether there is more before and after it."""
    page = await db.product.page(
        connection, owner, ask, {"search": substring(word)}, sorting or Sorting()
    )
    return [row.id.int for row in page.nodes], page.has_previous, page.has_next


@pytest.mark.parametrize("order", [BY_TIME, BY_NAME])
@pytest.mark.parametrize("descending", [True, False])
async def test_what_is_near_is_found_on_the_way(connection, order, descending):
    common = [n for n in range(10, COUNT + 1, 10) if n not in RARE]
    sorting = Sorting(order, descending)

    found = await numbers(connection, Ask(first=5), "common", sorting)

    expected = common[:-6:-1] if descending else common[:5]
    assert found == (expected, False, True)


@pytest.mark.parametrize("order", [BY_TIME, BY_NAME])
@pytest.mark.parametrize("descending", [True, False])
async def test_what_is_far_is_found_all_the_same(connection, order, descending):
    sorting = Sorting(order, descending)

    found = await numbers(connection, Ask(first=2), "rare", sorting)

    assert found == (RARE[:0:-1] if descending else RARE[:2], False, True)


async def test_the_last_come_first_where_a_page_is_asked_for_backward(connection):
    assert await numbers(connection, Ask(last=2), "rare") == ([1_200, 1_100], True, False)


@pytest.mark.parametrize("order", [BY_TIME, BY_NAME])
async def test_a_cursor_goes_on_where_the_page_ended(connection, order):
    filters, sorting = {"search": substring("rare")}, Sorting(order)
    page = await db.product.page(connection, OWNER, Ask(first=1), filters, sorting)
    after = page.cursor(page.nodes[0])

    assert await numbers(connection, Ask(10, after), "rare", sorting) == (
        [1_200, 1_100],
        True,
        False,
    )


async def test_a_page_that_near_rows_fill_partly_is_filled_from_afar(connection):
    last = COUNT - 5
    await connection.execute(
        "UPDATE product SET name = 'rare' WHERE organization_id = $1 AND id = $2",
        OWNER,
        UUID(int=last),
    )

    assert await numbers(connection, Ask(first=3), "rare") == (
        [last, 1_300, 1_200],
        False,
        True,
    )


async def test_another_organization_is_not_in_it(connection):
    assert await numbers(connection, Ask(), "rare", owner=OTHER) == ([], False, False)
    assert await numbers(connection, Ask(), "common", owner=OTHER) == ([20, 10], False, False)


async def test_more_filters_hold_both_near_and_far(connection):
    await connection.execute(
        "UPDATE product SET active = false WHERE organization_id = $1 AND id = $2",
        OWNER,
        UUID(int=RARE[1]),
    )
    filters = {"search": substring("rare"), "active": True}

    page = await db.product.page(connection, OWNER, Ask(), filters, Sorting())

    assert [row.id.int for row in page.nodes] == [RARE[2], RARE[0]]


async def test_one_statement_does_both(connection, recorder):
    recorder.statements.clear()

    await numbers(connection, Ask(), "rare")
    # asyncpg tells of a statement in the next turn of the loop.
    await asyncio.sleep(0)

    [statement] = recorder.statements
    assert "found AS MATERIALIZED" in statement
