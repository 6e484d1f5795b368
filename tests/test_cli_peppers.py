"""The peppers of a host, and those that the database knows."""

import pytest

from access.host_secrets import Unusable
from access.pepper import Peppers
from cli.peppers import open_peppers
from cli.settings import SETTINGS, read
from db import host_secret

NOT_GIVEN = {setting.field: None for setting in SETTINGS}
ONE, TWO = Peppers({1: b"1" * 32}), Peppers({2: b"2" * 32, 1: b"1" * 32})
OTHER = Peppers({1: b"o" * 32})


@pytest.fixture
def host(tmp_path):
    """Settings of a host with a data folder of this name, and perhaps with peppers."""

    def settings(name="data", peppers=None):
        listed = "" if peppers is None else peppers.show()
        given = {"TOLLHOUSE_DATA": str(tmp_path / name), "TOLLHOUSE_PEPPERS": listed}
        return read(NOT_GIVEN, given)

    return settings


async def known(database):
    async with database.reading() as connection:
        return await host_secret.check_values(connection, "pepper")


async def test_a_new_host_of_a_new_database_makes_them_once(host, database):
    made = await open_peppers(host(), database)

    assert (host().data / "peppers").read_text() == made.show() + "\n"
    assert (await open_peppers(host(), database)).show() == made.show()
    assert await known(database) == {1: made.check_value(1)}


async def test_those_of_the_settings_are_used_and_none_are_made(host, database):
    peppers = await open_peppers(host(peppers=TWO), database)

    assert peppers.show() == TWO.show()
    assert not host().data.exists()
    assert await known(database) == {1: TWO.check_value(1), 2: TWO.check_value(2)}


async def test_a_second_host_of_an_empty_database_makes_none_of_its_own(host, database):
    first = await open_peppers(host("first"), database)

    with pytest.raises(Unusable, match="second/peppers is missing"):
        await open_peppers(host("second"), database)
    assert not host("second").data.exists()
    assert await known(database) == {1: first.check_value(1)}


async def test_of_two_hosts_that_start_at_once_the_first_to_note_wins(host, database, monkeypatch):
    async def is_new(_database):
        return True

    monkeypatch.setattr("cli.peppers._is_new", is_new)
    first = await open_peppers(host("first"), database)

    with pytest.raises(Unusable) as refused:
        await open_peppers(host("second"), database)
    path = host("second").data / "peppers"
    assert str(refused.value) == (
        f"Pepper 1 in {path} isn't the one that tokens in the database rest on."
        " Take 1 from the backup, or from the host that made it."
    )
    assert await known(database) == {1: first.check_value(1)}


async def test_none_are_made_where_keys_rest_on_others(host, house):
    await house.key()

    with pytest.raises(Unusable, match="the keys in the database can't be checked without it"):
        await open_peppers(host(), house.database)
    assert not host().data.exists()


async def test_a_version_that_is_missing_is_named(host, database):
    await open_peppers(host(peppers=TWO), database)

    with pytest.raises(Unusable) as refused:
        await open_peppers(host(peppers=ONE), database)
    assert str(refused.value) == (
        "Pepper 2 is missing in TOLLHOUSE_PEPPERS, and tokens in the database rest on it."
        " Add it from the backup, or from another host of this database."
    )


async def test_what_is_refused_is_not_noted(host, database):
    await open_peppers(host(peppers=ONE), database)
    both = Peppers.parse(f"{OTHER.show()},{TWO.show().partition(',')[0]}")

    with pytest.raises(Unusable, match="Pepper 1 in TOLLHOUSE_PEPPERS isn't the one"):
        await open_peppers(host(peppers=both), database)
    assert await known(database) == {1: ONE.check_value(1)}
