"""Trusted documents: found by id and by hash, never put in the place of another."""

import pytest

from db import trusted_document
from db.errors import Conflict
from db.trusted_document import New, hashed, is_id

TEXT = "query A { viewer { ip } }"
# The draft's own example.
EXAMPLE = "query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}"
EXAMPLE_ID = "sha256:7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e"


async def add(house, *documents):
    async with house.database.transaction() as connection:
        await trusted_document.add(connection, documents, house.clock())


async def find(house, id):
    async with house.database.reading() as connection:
        return await trusted_document.find(connection, id)


def test_the_hash_is_that_of_the_draft():
    assert hashed(EXAMPLE) == EXAMPLE_ID


@pytest.mark.parametrize("id", ["a", "A-1._~", "x-mine:1", EXAMPLE_ID, "a" * 128, "0" * 64])
def test_an_id_is(id):
    assert is_id(id)


@pytest.mark.parametrize(
    "id",
    [
        "",
        "a b",
        "a:b",
        "x-a:b:c",
        ":a",
        "a:",
        "sha256:12",
        EXAMPLE_ID.upper(),
        "a" * 129,
        "é",
        "a\n",
    ],
)
def test_an_id_is_not(id):
    assert not is_id(id)


async def test_a_document_is_found_by_its_id_and_by_its_hash(house):
    await add(house, New("mine", TEXT, ["A"]))

    assert [await find(house, id) for id in ("mine", hashed(TEXT), "other")] == [TEXT, TEXT, None]


async def test_adding_the_same_again_changes_nothing(house):
    await add(house, New("mine", TEXT, ["A"]))
    async with house.database.reading() as connection:
        before = [dict(row) for row in await trusted_document.everything(connection)]

    await add(house, New("mine", TEXT, ["A"]))

    async with house.database.reading() as connection:
        after = [dict(row) for row in await trusted_document.everything(connection)]
    assert after == before
    assert [(row["id"], row["operations"]) for row in after] == [("mine", ["A"])]


async def test_an_id_stays_with_its_document_and_nothing_else_is_added(house):
    await add(house, New("mine", TEXT, ["A"]))

    with pytest.raises(Conflict, match="mine is there already, with another text"):
        await add(house, New("another", TEXT, ["A"]), New("mine", "query B { a }", ["B"]))

    assert [await find(house, id) for id in ("mine", "another")] == [TEXT, None]


async def test_what_is_removed_is_not_found(house):
    await add(house, New("mine", TEXT, ["A"]), New("other", TEXT, ["A"]))

    async with house.database.transaction() as connection:
        assert await trusted_document.remove(connection, ["mine", "nobody's"]) == ["mine"]

    assert await find(house, "mine") is None
    assert await find(house, hashed(TEXT)) == TEXT
