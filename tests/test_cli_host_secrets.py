"""The secrets of a host, and those that the database knows."""

import asyncio
from typing import Any, NamedTuple

import pytest

from access.encryption import EncryptionKeys
from access.host_secrets import Unusable, load_or_generate
from access.pepper import Peppers
from cli.host_secrets import open_encryption, open_peppers
from cli.settings import SETTINGS, read
from db import host_secret
from tests.delivery_parts import webhook

NOT_GIVEN = {setting.field: None for setting in SETTINGS}


class Kind(NamedTuple):
    keys: Any
    open: Any
    name: str
    file: str
    noun: str
    resting: str


KINDS = [
    Kind(Peppers, open_peppers, "pepper", "peppers", "Pepper", "tokens"),
    Kind(
        EncryptionKeys,
        open_encryption,
        "encryption",
        "encryption-keys",
        "Encryption key",
        "secrets",
    ),
]


@pytest.fixture(params=KINDS, ids=["peppers", "encryption keys"])
def kind(request):
    return request.param


@pytest.fixture
def one(kind):
    return kind.keys({1: b"1" * 32})


@pytest.fixture
def two(kind):
    return kind.keys({2: b"2" * 32, 1: b"1" * 32})


@pytest.fixture
def host(tmp_path):
    """Settings of a host with a data folder of this name, and perhaps with keys."""

    def settings(name="data", keys=None):
        given = {"TOLLHOUSE_DATA": str(tmp_path / name)}
        if keys is not None:
            given[keys.SETTING] = keys.show()
        return read(NOT_GIVEN, given)

    return settings


async def known(kind, database):
    async with database.reading() as connection:
        return await host_secret.check_values(connection, kind.name)


async def test_a_new_host_of_a_new_database_makes_them_once(kind, host, database):
    made = await kind.open(host(), database)

    assert type(made) is kind.keys
    assert (host().data / kind.file).read_text() == made.show() + "\n"
    assert (await kind.open(host(), database)).show() == made.show()
    assert await known(kind, database) == {1: made.check_value(1)}


async def test_both_kinds_lie_side_by_side(host, database):
    await open_peppers(host(), database)
    await open_encryption(host(), database)

    assert sorted(path.name for path in host().data.iterdir()) == ["encryption-keys", "peppers"]


async def test_those_of_the_settings_are_used_and_none_are_made(kind, two, host, database):
    opened = await kind.open(host(keys=two), database)

    assert opened.show() == two.show()
    assert not host().data.exists()
    assert await known(kind, database) == {1: two.check_value(1), 2: two.check_value(2)}


async def test_a_second_host_of_an_empty_database_makes_none_of_its_own(kind, host, database):
    first = await kind.open(host("first"), database)

    with pytest.raises(Unusable, match=f"second/{kind.file} is missing"):
        await kind.open(host("second"), database)
    assert not host("second").data.exists()
    assert await known(kind, database) == {1: first.check_value(1)}


async def test_two_processes_of_a_host_that_start_at_once_agree(kind, host, database):
    first, second = await asyncio.gather(kind.open(host(), database), kind.open(host(), database))

    assert first.show() == second.show()
    assert await known(kind, database) == {1: first.check_value(1)}


async def test_of_two_hosts_that_start_at_once_one_wins_and_the_other_is_refused(
    kind, host, database
):
    hosts = [host("first"), host("second")]
    for settings in hosts:
        # Both found the database new, for neither had noted anything yet.
        load_or_generate(kind.keys, settings.data / kind.file, may_generate=True)

    opened = await asyncio.gather(
        *(kind.open(settings, database) for settings in hosts), return_exceptions=True
    )

    [won] = [one for one in opened if isinstance(one, kind.keys)]
    [lost] = [one for one in opened if isinstance(one, Unusable)]
    path = hosts[opened.index(lost)].data / kind.file
    assert str(lost) == (
        f"{kind.noun} 1 in {path} isn't the one that {kind.resting} in the database rest on."
        " Take 1 from the backup, or from the host that made it."
    )
    assert await known(kind, database) == {1: won.check_value(1)}


async def test_no_peppers_are_made_where_keys_rest_on_others(host, house):
    await house.key()

    with pytest.raises(Unusable, match="tokens in the database rest on it"):
        await open_peppers(host(), house.database)
    assert not host().data.exists()


async def test_no_encryption_key_is_made_where_webhooks_rest_on_another(host, house):
    await webhook(house, await house.organization(), "https://example.com/hooks")

    with pytest.raises(Unusable, match="in the database rest on it"):
        await open_encryption(host(), house.database)
    assert not host().data.exists()


async def test_a_database_of_an_earlier_release_gets_an_encryption_key(host, house):
    await house.key()

    made = await open_encryption(host(), house.database)

    assert (host().data / "encryption-keys").read_text() == made.show() + "\n"


async def test_a_file_that_is_lost_is_not_made_again(kind, host, database):
    await kind.open(host(), database)
    (host().data / kind.file).unlink()

    with pytest.raises(Unusable, match=f"data/{kind.file} is missing, and {kind.resting} in the"):
        await kind.open(host(), database)
    assert not (host().data / kind.file).exists()


async def test_a_file_that_others_can_read_is_refused(kind, host, database):
    await kind.open(host(), database)
    (host().data / kind.file).chmod(0o644)

    with pytest.raises(Unusable, match=r"is open to other users \(mode 0644\)"):
        await kind.open(host(), database)


async def test_a_version_that_is_missing_is_named(kind, one, two, host, database):
    await kind.open(host(keys=two), database)

    with pytest.raises(Unusable) as refused:
        await kind.open(host(keys=one), database)
    assert str(refused.value) == (
        f"{kind.noun} 2 is missing in {one.SETTING}, and {kind.resting} in the database rest on it."
        " Add it from the backup, or from another host of this database."
    )


async def test_what_is_refused_is_not_noted(kind, one, host, database):
    await kind.open(host(keys=one), database)
    wrong = kind.keys({1: b"o" * 32, 2: b"2" * 32})

    with pytest.raises(Unusable, match=f"{kind.noun} 1 in {one.SETTING} isn't the one that"):
        await kind.open(host(keys=wrong), database)
    assert await known(kind, database) == {1: one.check_value(1)}


async def test_the_order_may_change_and_a_version_be_added(kind, one, two, host, database):
    await kind.open(host(keys=one), database)
    await kind.open(host(keys=kind.keys({1: b"1" * 32, 2: b"2" * 32})), database)

    assert (await kind.open(host(keys=two), database)).current == 2
