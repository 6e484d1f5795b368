"""Check values: what is noted first stays."""

from db import host_secret


async def test_what_was_noted_is_told_by_kind(database):
    async with database.transaction() as connection:
        await host_secret.note(connection, "pepper", {1: b"one", 2: b"two"})
        await host_secret.note(connection, "encryption", {1: b"other"})

    async with database.reading() as connection:
        assert await host_secret.check_values(connection, "pepper") == {1: b"one", 2: b"two"}
        assert await host_secret.check_values(connection, "encryption") == {1: b"other"}
        assert await host_secret.check_values(connection, "nothing") == {}


async def test_the_first_value_of_a_version_stays(database):
    async with database.transaction() as connection:
        await host_secret.note(connection, "pepper", {1: b"one"})
        await host_secret.note(connection, "pepper", {1: b"changed", 2: b"two"})

        assert await host_secret.check_values(connection, "pepper") == {1: b"one", 2: b"two"}
