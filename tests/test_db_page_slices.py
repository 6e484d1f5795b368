"""Every page of a list is a slice of the whole list, as Python sorts and cuts it."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import product as combinations

import pytest

import db.product
from db import organization, product_change
from db.actor import OPERATOR, Origin
from db.errors import InvalidInput
from db.page import Ask, Sorting
from db.product import BY_NAME
from db.widths import ROWS_ALONE

NOW = datetime(2026, 11, 24, tzinfo=UTC)
NAMES = ["b", "B", "a", "A", "ё", "Ё", "z", "a b", "b", "", "Z", "é", "a"]
ORDERS = [
    Sorting(),
    Sorting(descending=False),
    Sorting(BY_NAME),
    Sorting(BY_NAME, descending=False),
]


async def owner_with(connection, slug, names):
    """An organization with products of these names, all made at one moment."""
    details = organization.Details(name=slug, slug=slug)
    owner = (await organization.create(connection, details, NOW)).id
    for name in names:
        stated = {"name": name or "x", "price_amount": Decimal(1), "price_currency": "EUR"}
        await product_change.create(connection, owner, Origin(OPERATOR, NOW), stated)
    return owner


def sorted_by(sorting, rows):
    keys = {"name": lambda row: (row.name.lower().encode(), row.id)}
    return sorted(
        rows, key=keys.get(sorting.order.name, lambda row: row.id), reverse=sorting.descending
    )


@pytest.mark.parametrize("sorting", ORDERS)
async def test_every_page_is_a_slice_of_the_whole_list(database, sorting):
    async with database.transaction() as connection:
        owner = await owner_with(connection, "acme", NAMES)
        await owner_with(connection, "other", NAMES)

        async def page(**ask):
            return await db.product.page(connection, owner, Ask(**ask), {}, sorting)

        everything = await page(first=100)
        rows = sorted_by(sorting, everything.nodes)
        assert list(everything.nodes) == rows
        assert len(rows) == len(NAMES)
        cursors = [everything.cursor(row) for row in rows]
        places = [None, 0, 1, 6, 12]
        for after, before, size in combinations(places, places, (0, 1, 4, 13)):
            bounds = {
                "after": None if after is None else cursors[after],
                "before": None if before is None else cursors[before],
            }
            start = 0 if after is None else after + 1
            inside = rows[start : len(rows) if before is None else before]
            forward, backward = await page(first=size, **bounds), await page(last=size, **bounds)
            assert list(forward.nodes) == inside[:size]
            assert forward.has_previous is (after is not None)
            assert forward.has_next is (len(inside) > size)
            assert list(backward.nodes) == inside[max(0, len(inside) - size) :]
            assert backward.has_previous is (len(inside) > size)
            assert backward.has_next is (before is not None)


async def test_of_rows_alone_nobody_looks_whether_there_are_more(database):
    async with database.transaction() as connection:
        owner = await owner_with(connection, "acme", NAMES)
        for side in ("first", "last"):
            for size in (0, 4, 13):
                ask = Ask(**{side: size})
                told = await db.product.page(connection, owner, ask, {}, Sorting())
                page = await db.product.page(
                    connection, owner, ask, {}, Sorting(), frozenset(["name", ROWS_ALONE])
                )
                assert [row.name for row in page.nodes] == [row.name for row in told.nodes]
                assert [page.has_next, page.has_previous].count(None) == 1


async def test_what_a_page_costs_does_not_grow_with_what_was_paged_before(database, recorder):
    async with database.transaction() as connection:
        owner = await owner_with(connection, "acme", "abc")
        for sorting in ORDERS:
            some = await db.product.page(connection, owner, Ask(first=1), {}, sorting)
            ask = Ask(first=1, after=some.cursor(some.nodes[0]))
            await db.product.page(connection, owner, ask, {}, sorting)

    pages = [statement for statement in recorder.statements if "ORDER BY" in statement]
    assert len(pages) == 8
    assert [statement for statement in pages if "OFFSET" in statement] == []
    # An index gives the rows of a page in their order, so each stops at the page's size.
    assert [statement.count("LIMIT") for statement in pages] == [1] * 8


async def test_a_cursor_of_another_organization_is_refused(database):
    async with database.transaction() as connection:
        first = await owner_with(connection, "acme", "abc")
        second = await owner_with(connection, "other", "abc")
        for sorting in ORDERS:
            theirs = await db.product.page(connection, first, Ask(), {}, sorting)
            ask = Ask(before=theirs.cursor(theirs.nodes[0]))
            with pytest.raises(InvalidInput, match=r"^before: is a cursor of another list"):
                await db.product.page(connection, second, ask, {}, sorting)
