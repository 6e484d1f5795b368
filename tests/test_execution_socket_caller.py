"""A socket ends within a second once its caller isn't let in any more, whatever took that away."""

import asyncio
import time

import pytest

import execution.sockets
from access.cache import KeyCache
from db.errors import Unavailable
from db.scope import Scope
from execution.socket_caller import UNSURE_SECONDS
from tests.elsewhere import CHANGES, elsewhere, hearing_house
from tests.socket_parts import CHANGE, HEAR, connected, gate, next_heard, opened, tell, until
from tests.soon import SOON_SECONDS

SCOPES = [Scope.NOTIFICATIONS_READ, Scope.PRODUCTS_UPDATE]
REFUSED = (4403, "This API key can't be used from 127.0.0.1.")
LOST = (4403, "Subscription.heard needs the scope notifications.read.")
GONE = (4401, "This API key is revoked.")
EXPIRED = (4401, "This API key's token has expired.")
AWAY = (1013, "The database is away for now; try again.")
ENDINGS = {
    "revoked": GONE,
    "rotated": (4401, "There is no API key with this token."),
    "expired": EXPIRED,
    "another address": REFUSED,
    "the scope lost": LOST,
}
WAYS = {way: (change, ENDINGS[way]) for way, change in CHANGES.items()}


@pytest.fixture
async def house(closed_house, monkeypatch):
    return await opened(closed_house, monkeypatch)


@pytest.fixture
async def hearing(closed_house, monkeypatch, migrated_url):
    async with hearing_house(closed_house, monkeypatch, migrated_url) as house:
        yield house


@pytest.mark.parametrize("way", WAYS)
async def test_a_change_elsewhere_ends_the_socket_within_a_second(hearing, migrated_url, way):
    change, ending = WAYS[way]
    key, other = await hearing.key(scopes=SCOPES), await hearing.key(scopes=SCOPES)
    async with connected(hearing, key) as client, connected(hearing, other) as stays:
        for each in (client, stays):
            await each.subscribe("1", HEAR)
            await each.settled()
        await elsewhere(migrated_url, change, key)
        began = time.monotonic()

        assert await client.closed() == ending
        assert time.monotonic() - began < SOON_SECONDS
        about = tell(hearing, other)
        assert await stays.receive() == next_heard("1", about)


async def test_a_socket_without_operations_ends_as_well(hearing, migrated_url):
    key = await hearing.key()
    async with connected(hearing, key) as client:
        await elsewhere(migrated_url, "SET revoked_at = now()", key)
        began = time.monotonic()

        assert await client.closed() == GONE
        assert time.monotonic() - began < SOON_SECONDS


async def test_a_scope_that_no_operation_needs_may_go(hearing, migrated_url):
    key = await hearing.key(scopes=SCOPES)
    async with connected(hearing, key) as client:
        await client.subscribe("1", HEAR)
        await client.settled()
        generation = hearing.cache.generation
        await elsewhere(migrated_url, "SET granted = ARRAY['notifications.read']", key)
        await until(lambda: hearing.cache.generation > generation)
        await client.subscribe("2", CHANGE)
        message = await client.receive()
        assert message["payload"][0]["extensions"]["missing"] == ["products.update"]
        about = tell(hearing, key)
        assert await client.receive() == next_heard("1", about)


async def test_a_key_ends_when_its_time_is_over(house):
    key = await house.key(expires_at=house.clock.now.replace(year=2100))
    async with connected(house, key) as client:
        await client.subscribe("1", HEAR)
        await client.settled()
        house.clock.now = house.clock.now.replace(year=2100, month=12)
        began = time.monotonic()

        assert await client.closed() == EXPIRED
        assert time.monotonic() - began < SOON_SECONDS


@pytest.mark.parametrize("way", WAYS)
async def test_no_event_is_told_after_the_change(house, migrated_url, way, monkeypatch):
    monkeypatch.setattr(execution.sockets, "WATCH_SECONDS", 60)
    change, ending = WAYS[way]
    key = await house.key(scopes=SCOPES)
    async with connected(house, key) as client:
        # The watch has begun to sleep by now, and will for a minute.
        await asyncio.sleep(0.15)
        await client.subscribe("1", HEAR)
        await client.settled()
        await elsewhere(migrated_url, change, key)
        house.cache.forget(key.uuid)
        tell(house, key)

        assert await client.closed() == ending


async def test_a_mutation_under_way_is_finished_though_its_key_is_revoked(house, migrated_url):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", CHANGE)
        await until(lambda: gate.waiting == 1)
        await elsewhere(migrated_url, "SET revoked_at = now()", key)
        house.cache.forget(key.uuid)

        assert await client.closed() == GONE
        assert gate.waiting == 1
        gate.is_open.set()
        await until(lambda: gate.passed == ["mutation"])


async def test_an_address_that_isnt_allowed_is_refused_from_the_first(house):
    key = await house.key(ips=["203.0.113.0/24"])
    async with connected(house) as client:
        await client.send("connection_init", payload={"authorization": f"Bearer {key.token}"})

        assert await client.closed() == REFUSED


async def test_a_caller_that_is_known_costs_no_statement(house):
    key = await house.key()
    async with connected(house, key) as client:
        with house.counting() as statements:
            await client.subscribe("1", HEAR)
            await client.settled()
            await asyncio.sleep(0.5)
            tell(house, key)
            await client.receive()
        assert statements == []


async def test_a_caller_is_looked_up_again_when_the_cache_lets_it_go(house):
    key = await house.key()
    async with connected(house, key) as client:
        with house.counting() as statements:
            house.clock.advance(seconds=11)
            await asyncio.sleep(3 * UNSURE_SECONDS)
            await client.settled()
        assert len(statements) == 1


async def test_where_changes_arent_heard_a_caller_is_looked_up_again_and_again(
    closed_house, monkeypatch
):
    closed_house.cache = KeyCache(sure_until=0)
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    async with connected(house, key) as client:
        with house.counting() as statements:
            await asyncio.sleep(1.2)
        assert 2 <= len(statements) <= 5
        async with house.database.transaction() as connection:
            await connection.execute(
                "UPDATE api_key SET revoked_at = now() WHERE organization_id = $1 AND id = $2",
                key.organization,
                key.uuid,
            )
        began = time.monotonic()
        assert await client.closed() == GONE
        assert time.monotonic() - began < SOON_SECONDS


async def test_a_caller_that_cant_be_looked_up_isnt_let_in(closed_house, monkeypatch):
    is_away = []
    find = closed_house.find

    async def away(token_id):
        if is_away:
            raise Unavailable(AWAY[1])
        return await find(token_id)

    closed_house.find = away
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    async with connected(house, key) as client, connected(house) as late:
        is_away.append(True)
        house.cache.clear()
        await late.send("connection_init", payload={"authorization": f"Bearer {key.token}"})

        assert await client.closed() == AWAY
        assert await late.closed() == AWAY


async def test_a_caller_that_cant_be_looked_up_in_time_isnt_let_in(closed_house, monkeypatch):
    stuck = asyncio.Event()
    stuck.set()
    find = closed_house.find

    async def slow(token_id):
        await stuck.wait()
        return await find(token_id)

    closed_house.find = slow
    house = await opened(closed_house, monkeypatch)
    key = await house.key()
    async with connected(house, key) as client:
        stuck.clear()
        house.cache.clear()
        began = time.monotonic()

        reason = "The API key can't be checked for now; try again."
        assert await client.closed() == (1013, reason)
        assert time.monotonic() - began < SOON_SECONDS
    stuck.set()
