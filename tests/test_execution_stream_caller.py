"""A stream ends within a second once its caller isn't let in any more, and says why."""

import asyncio
import time

import pytest

import execution.streams
from db.errors import Unavailable
from db.scope import Scope
from tests.elsewhere import CHANGES, elsewhere, hearing_house
from tests.socket_parts import HEAR, gate, opened, tell, until
from tests.soon import SOON_SECONDS
from tests.stream_parts import COMPLETE, begun, streams_of, told

SCOPES = [Scope.NOTIFICATIONS_READ, Scope.PRODUCTS_UPDATE]
NAMES = {"required": ["notifications.read"], "missing": ["notifications.read"]}
ENDINGS = {
    "revoked": told("UNAUTHENTICATED", "This API key is revoked."),
    "rotated": told("UNAUTHENTICATED", "There is no API key with this token."),
    "expired": told("UNAUTHENTICATED", "This API key's token has expired."),
    "another address": told("IP_NOT_ALLOWED", "This API key can't be used from 127.0.0.1."),
    "the scope lost": told(
        "MISSING_SCOPE", "Subscription.heard needs the scope notifications.read.", **NAMES
    ),
}


@pytest.fixture
async def house(closed_house, monkeypatch):
    return await opened(closed_house, monkeypatch)


@pytest.fixture
async def hearing(closed_house, monkeypatch, migrated_url):
    async with hearing_house(closed_house, monkeypatch, migrated_url) as house:
        yield house


@pytest.mark.parametrize("way", CHANGES)
async def test_a_change_elsewhere_ends_the_stream_within_a_second(hearing, migrated_url, way):
    key, other = await hearing.key(scopes=SCOPES), await hearing.key(scopes=SCOPES)
    async with begun(hearing, key, HEAR) as stream, begun(hearing, other, HEAR) as stays:
        await until(lambda: gate.passed == ["listening"] * 2)
        await elsewhere(migrated_url, CHANGES[way], key)
        began = time.monotonic()

        assert await stream.rest() == [ENDINGS[way], COMPLETE]
        assert time.monotonic() - began < SOON_SECONDS
        about = tell(hearing, other)
        assert await stays.receive() == ("next", {"data": {"heard": {"id": about}}})


@pytest.mark.parametrize("way", CHANGES)
async def test_no_event_is_told_after_the_change(house, migrated_url, way, monkeypatch):
    monkeypatch.setattr(execution.streams, "WATCH_SECONDS", 60)
    key = await house.key(scopes=SCOPES)
    async with begun(house, key, HEAR) as stream:
        # The watch has begun to sleep by now, and will for a minute.
        await asyncio.sleep(0.15)
        await until(lambda: gate.passed == ["listening"])
        await elsewhere(migrated_url, CHANGES[way], key)
        house.cache.forget(key.uuid)
        tell(house, key)

        assert await stream.rest() == [ENDINGS[way], COMPLETE]


async def test_a_key_ends_when_its_time_is_over(house):
    key = await house.key(expires_at=house.clock.now.replace(year=2100))
    async with begun(house, key, HEAR) as stream:
        house.clock.now = house.clock.now.replace(year=2100, month=12)
        began = time.monotonic()

        assert await stream.rest() == [ENDINGS["expired"], COMPLETE]
        assert time.monotonic() - began < SOON_SECONDS


async def test_a_caller_that_is_known_costs_no_statement(house):
    key = await house.key()
    async with begun(house, key, HEAR) as stream:
        await until(lambda: gate.passed == ["listening"])
        with house.counting() as statements:
            await asyncio.sleep(0.5)
            tell(house, key)
            await stream.receive()

    assert statements == []


async def test_where_a_caller_cant_be_looked_up_clients_try_again(closed_house, monkeypatch):
    is_away = []
    find = closed_house.find

    async def away(token_id):
        if is_away:
            raise Unavailable("The database is away for now; try again.")
        return await find(token_id)

    closed_house.find = away
    house = await opened(closed_house, monkeypatch)
    async with begun(house, await house.key(), HEAR) as stream:
        is_away.append(True)
        house.cache.clear()

        assert await stream.rest() == []
    assert streams_of(house) == (set(), {})


async def test_a_look_that_takes_too_long_ends_it_too(closed_house, monkeypatch):
    is_free = asyncio.Event()
    is_free.set()
    find = closed_house.find

    async def slow(token_id):
        await is_free.wait()
        return await find(token_id)

    closed_house.find = slow
    house = await opened(closed_house, monkeypatch)
    async with begun(house, await house.key(), HEAR) as stream:
        is_free.clear()
        house.cache.clear()
        began = time.monotonic()

        assert await stream.rest() == []
        assert time.monotonic() - began < SOON_SECONDS
    is_free.set()


async def test_a_mistake_of_ours_ends_one_stream_alone(closed_house, monkeypatch, capsys):
    mistaken = []
    find = closed_house.find

    async def mistake(token_id):
        if token_id in mistaken:
            raise ZeroDivisionError
        return await find(token_id)

    closed_house.find = mistake
    house = await opened(closed_house, monkeypatch)
    key, other = await house.key(), await house.key()
    async with begun(house, key, HEAR) as stream, begun(house, other, HEAR) as stays:
        await until(lambda: gate.passed == ["listening"] * 2)
        mistaken.append(key.token.split("_")[1])
        house.cache.forget(key.uuid)
        (_, last), complete = await stream.rest()
        about = tell(house, other)
        assert await stays.receive() == ("next", {"data": {"heard": {"id": about}}})

    assert (last["errors"][0]["extensions"]["code"], complete) == ("INTERNAL", COMPLETE)
    assert "ZeroDivisionError" in capsys.readouterr().out
