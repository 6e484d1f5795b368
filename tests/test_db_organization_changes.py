"""Every change of an organization is told to who keeps rows of them, by whatever door it came."""

import asyncpg
import pytest

from tests.test_db_listener import by_hand, heard_from

RENAME = "UPDATE organization SET name = 'Acme & Sons' WHERE id = $1"
RENAME_ALL = "UPDATE organization SET name = 'Everybody'"
DELETE = "DELETE FROM organization WHERE id = $1"


@pytest.mark.parametrize("change", [RENAME, DELETE], ids=["renamed", "deleted"])
async def test_a_change_of_one_names_it(house, migrated_url, change):
    owner, _ = await house.organization(), await house.organization()
    async with heard_from(migrated_url) as (changes, renewals):
        await by_hand(migrated_url, change, owner)

        assert await changes.get() == str(owner)
        await renewals.get()
        assert changes.empty()


async def test_a_change_in_the_same_process_is_told_as_well(house, migrated_url):
    owner = await house.organization()
    async with heard_from(migrated_url) as (changes, _):
        async with house.database.transaction() as connection:
            await connection.execute(RENAME, owner)

        assert await changes.get() == str(owner)


@pytest.mark.parametrize(("count", "words"), [(100, 100), (101, 1)])
async def test_a_change_of_many_is_one_word(house, migrated_url, count, words):
    owners = {str(await house.organization()) for _ in range(count)}
    async with heard_from(migrated_url) as (changes, renewals):
        await by_hand(migrated_url, RENAME_ALL)
        heard = {await changes.get() for _ in range(words)}
        await renewals.get()

        assert changes.empty()
        assert heard == (owners if words == count else {"*"})


async def test_what_is_rolled_back_or_only_made_is_not_told(house, migrated_url):
    async with heard_from(migrated_url) as (changes, _):
        owner = await house.organization()
        with pytest.raises(asyncpg.DivisionByZeroError):
            await by_hand(migrated_url, f"{RENAME_ALL}; SELECT 1 / 0")
        await by_hand(migrated_url, RENAME, owner)

        assert await changes.get() == str(owner)
        assert changes.empty()


@pytest.mark.parametrize("table", ["organization", "api_key"])
async def test_a_table_that_is_emptied_is_told_in_one_word(house, migrated_url, table):
    await house.key()
    async with heard_from(migrated_url) as (changes, renewals):
        await by_hand(migrated_url, f"TRUNCATE {table} CASCADE")

        assert await changes.get() == "*"
        await renewals.get()
        assert changes.empty()
