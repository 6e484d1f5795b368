"""The caller's organization: read once, and shown as it is now, whoever has changed it."""

import asyncio
from contextlib import asynccontextmanager

import pytest

import db.organization
from access.cache import KeyCache
from tests.socket_parts import until
from tests.test_db_listener import by_hand, listening

ROOT = "{ organization { id name slug createdAt } }"
VIEWER = "{ viewer { organization { id name slug createdAt } } }"
RENAME = "UPDATE organization SET name = 'Acme & Sons' WHERE id = $1"
DELETE = """WITH keys AS (DELETE FROM api_key WHERE organization_id = $1),
told AS (DELETE FROM notification WHERE organization_id = $1)
DELETE FROM organization WHERE id = $1"""
EACH_FIELD = pytest.mark.parametrize("text", [ROOT, VIEWER], ids=["root", "viewer"])


async def shown(house, key, text=ROOT):
    data = (await house.ask(key, text)).data
    return (data.get("viewer") or data)["organization"]


async def name(house, key):
    return (await shown(house, key))["name"]


async def cost(house, key, text=ROOT):
    with house.counting() as statements:
        assert (await house.ask(key, text)).status == 200
    return len(statements)


@asynccontextmanager
async def hearing(house, url):
    """The house hears of changes inside the block."""
    async with listening(url, house.cache.heard, house.cache.renew):
        yield


async def heard(cache, change):
    """The change, once it is heard."""
    before = cache.generation
    await change
    await until(lambda: cache.generation > before)


async def here(house, statement, *values):
    """A change by this process itself."""
    async with house.database.transaction() as connection:
        await connection.execute(statement, *values)


class Gate:
    """Reads as the house does, but holds what was read until a test opens it."""

    def __init__(self, monkeypatch):
        self.read, self.opened, self.find = asyncio.Event(), asyncio.Event(), db.organization.find
        monkeypatch.setattr(db.organization, "find", self)

    async def __call__(self, connection, organization_id):
        row = await self.find(connection, organization_id)
        self.read.set()
        await self.opened.wait()
        return row


@pytest.fixture
async def house(closed_house):
    """A house whose cache is only sure while it hears."""
    closed_house.cache = KeyCache(sure_until=0)
    return await closed_house.open()


@EACH_FIELD
@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "graphql-core"])
async def test_a_known_organization_costs_no_statement(closed_house, text, compiled):
    closed_house.compiled = compiled
    house = await closed_house.open()
    key = await house.key(await house.organization("acme"))
    assert await cost(house, key, "{ viewer { ip } }") == 1
    assert await cost(house, key, text) == 1

    first = await shown(house, key, text)
    with house.counting() as statements:
        again = await shown(house, key, text)

    assert statements == []
    assert again == first
    assert (first["name"], first["slug"]) == ("Acme", "acme")
    assert set(first) == {"id", "name", "slug", "createdAt"}


async def test_what_is_known_is_given_without_waiting(closed_house):
    given = []

    class Asking(KeyCache):
        """A cache that writes down what it gives."""

        def organization(self, id):
            given.append(super().organization(id))
            return given[-1]

    closed_house.cache = Asking()
    house = await closed_house.open()
    key = await house.key()
    for _ in range(2):
        await shown(house, key, VIEWER)

    # Twice by the viewer, who is asked again where something has to be awaited, and once by who
    # reads; and by the viewer alone, who needn't wait then.
    assert [row and row.id for row in given] == [None, None, None, key.organization]


@EACH_FIELD
async def test_no_caller_is_shown_anothers(closed_house, text):
    house = await closed_house.open()
    acme, other = await house.organization("acme"), await house.organization("other")
    keys = [await house.key(owner) for owner in (acme, other, acme)]

    for _ in range(2):
        slugs = [(await shown(house, key, text))["slug"] for key in keys]
        assert slugs == ["acme", "other", "acme"]

    # What one key has had read, another one of the same organization is given.
    assert await cost(house, await house.key(acme), text) == 1


@pytest.mark.parametrize("door", ["this process", "another"])
async def test_a_change_is_shown_as_soon_as_it_is_heard(house, migrated_url, door):
    acme, other = await house.key(), await house.key()
    async with hearing(house, migrated_url):
        assert await name(house, acme) == "Organization-1"
        assert await name(house, other) == "Organization-2"
        if door == "another":
            change = by_hand(migrated_url, RENAME, acme.organization)
        else:
            change = here(house, RENAME, acme.organization)
        await heard(house.cache, change)

        assert await name(house, acme) == "Acme & Sons"
        assert [await cost(house, key) for key in (acme, other)] == [0, 0]


async def test_where_changes_are_not_heard_every_request_reads(house, migrated_url):
    key = await house.key()
    async with hearing(house, migrated_url):
        await name(house, key)
        assert await cost(house, key) == 0
    # Cut off, it hears nothing of this.
    await by_hand(migrated_url, RENAME, key.organization)
    await until(lambda: not house.cache.is_sure)

    for _ in range(2):
        with house.counting() as statements:
            assert await name(house, key) == "Acme & Sons"
        assert len(statements) == 2, "one for the key, one for its organization"

    async with hearing(house, migrated_url):
        assert [await cost(house, key) for _ in range(2)] == [2, 0]
        assert await name(house, key) == "Acme & Sons"


async def test_what_was_read_before_a_change_is_shown_once(house, migrated_url, monkeypatch):
    key = await house.key()
    async with hearing(house, migrated_url):
        gate = Gate(monkeypatch)
        async with asyncio.TaskGroup() as tasks:
            asked = tasks.create_task(name(house, key))
            await gate.read.wait()
            await heard(house.cache, by_hand(migrated_url, RENAME, key.organization))
            gate.opened.set()

        assert asked.result() == "Organization-1"
        assert await name(house, key) == "Acme & Sons"


async def test_requests_at_once_may_all_read_and_keep_the_same(closed_house):
    house = await closed_house.open()
    key = await house.key()

    names = await asyncio.gather(*(name(house, key) for _ in range(5)))

    assert names == ["Organization-1"] * 5
    assert await cost(house, key) == 0


async def test_a_deleted_organization_is_shown_to_nobody(house, migrated_url):
    key = await house.key()
    async with hearing(house, migrated_url):
        await name(house, key)
        assert house.cache.organization(key.organization) is not None
        await heard(house.cache, by_hand(migrated_url, DELETE, key.organization))
        await until(lambda: house.cache.organization(key.organization) is None)

        answer = await house.ask(key, ROOT)

    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])


async def test_an_organization_that_is_gone_by_then_is_not_kept(
    closed_house, migrated_url, monkeypatch
):
    async def gone(connection, organization_id):
        await by_hand(migrated_url, DELETE, organization_id)
        return await find(connection, organization_id)

    house = await closed_house.open()
    key, find = await house.key(), db.organization.find
    assert await cost(house, key, "{ viewer { ip } }") == 1
    monkeypatch.setattr(db.organization, "find", gone)

    answer = await house.ask(key, ROOT)

    assert (answer.status, answer.codes) == (500, ["INTERNAL"])
    assert house.cache.organization(key.organization) is None
