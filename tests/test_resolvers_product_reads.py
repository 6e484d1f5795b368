"""Which columns of products are read: those that no answer shows stay in the database."""

import re

import pytest

from tests.shop import ALL_STATED, CREATE_PRODUCT

SPARED = ["organization_id", "labels", "updated_at", "deleted_at"]
FEW = "{ products { nodes { id name price { amount } } } }"
LEAN = [
    FEW,
    "{ products { totalCount } }",
    "{ products { edges { cursor node { __typename sku } } pageInfo { endCursor } } }",
    "{ products(orderBy: { by: NAME }) { edges { cursor } nodes { createdAt imageUrl } } }",
    "{ products { nodes { ... on Node { id } ...shown } } } fragment shown on Product { active }",
    "query($all: Boolean = false) { products { nodes { id metadata @include(if: $all) } } }",
]
WHOLE = [
    "{ products { nodes { metadata } } }",
    "{ products { edges { node { updatedAt } } nodes { id } } }",
    "{ products { nodes { id } nodes { name labels: metadata } } }",
    "query($all: Boolean = true) { products { nodes { id metadata @include(if: $all) } } }",
]


@pytest.fixture
async def key(house):
    key = await house.key()
    assert (await house.ask(key, CREATE_PRODUCT, input=ALL_STATED)).data
    return key


def columns_read(recorder):
    """Of the last page of products."""
    [*_, statement] = [s for s in recorder.statements if "FROM product" in s and "LIMIT" in s]
    [columns] = re.findall(r"SELECT (.+?)\s*FROM", statement, re.DOTALL)
    return re.findall(r"product\.(\w+)", columns)


@pytest.mark.parametrize("query", LEAN)
async def test_what_is_not_shown_is_not_read(house, key, recorder, query):
    answer = await house.ask(key, query)

    assert "errors" not in answer.body
    assert set(columns_read(recorder)).isdisjoint(SPARED)


@pytest.mark.parametrize("query", WHOLE)
async def test_what_is_shown_is_read(house, key, recorder, query):
    answer = await house.ask(key, query)

    assert "errors" not in answer.body
    assert set(columns_read(recorder)).issuperset(SPARED)


async def test_graphql_core_reads_all_since_it_tells_nobody(closed_house, recorder):
    closed_house.compiled = False
    house = await closed_house.open()
    answer = await house.ask(await house.key(), FEW)

    assert answer.data == {"products": {"nodes": []}}
    assert set(columns_read(recorder)).issuperset(SPARED)
