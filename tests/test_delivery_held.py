"""Lanes that a worker holds: no more of anyone's than is fair, and what is known of them stays."""

import math
import time
from uuid import UUID, uuid4

import pytest

from db import delivery_queue
from db.delivery_rows import LaneKey
from db.errors import Unavailable
from delivery.held import Held
from delivery.leases import LEASE_SECONDS, Leases
from delivery.pace import Pace

ONE, OTHER, THIRD = (UUID(int=number) for number in (1, 2, 3))
AGAIN_SECONDS = 60
LEASED = "SELECT count(*) FROM webhook_lane l WHERE l.organization_id = $1"


def keys(owner, count, first=1):
    return dict.fromkeys(LaneKey(owner, UUID(int=n)) for n in range(first, first + count))


@pytest.fixture(autouse=True)
def patient(monkeypatch):
    """What is refused is asked for again when a test's clock says so, however slow a test is."""
    monkeypatch.setattr("delivery.held.AGAIN_SECONDS", AGAIN_SECONDS)


@pytest.fixture
def leases(database):
    return Leases(database, uuid4())


@pytest.fixture
def forgotten():
    return []


@pytest.fixture
def held(leases, forgotten):
    return Held(leases, 120, forgotten.append)


def answered(held, lanes, seconds=0.01):
    for lane in lanes:
        lane.sent(succeeded=True, seconds=seconds)
        held.recount(lane)


async def test_of_new_ones_no_organization_holds_more_than_it_leaves_to_others(held, database):
    wanted = keys(ONE, 30)
    taken = await held.take(wanted)
    assert len(taken) == 6
    assert wanted == {}
    assert held.is_crowded

    assert len(await held.take(keys(OTHER, 30))) == 3
    assert len(await held.take(keys(THIRD, 30))) == 2
    async with database.reading() as connection:
        counts = [await connection.fetchval(LEASED, owner) for owner in (ONE, OTHER, THIRD)]
    assert counts == [6, 3, 2]
    # The first lane of each is held as long as there are lanes at all.
    others = [UUID(int=number) for number in range(4, 120)]
    taken = await held.take({key: None for owner in others for key in keys(owner, 2)})
    assert len(taken) == 120 - 12 - 11
    assert len({lane.key.organization_id for lane in taken}) == len(taken)


async def test_of_known_ones_an_organization_holds_half_at_most(held):
    taken, first = 0, 1
    while lanes := await held.take(keys(ONE, 9, first)):
        answered(held, lanes)
        taken, first = taken + len(lanes), first + 9

    assert taken == 60


async def test_what_is_refused_is_asked_for_again_and_first_for_who_has_least(held, monkeypatch):
    assert held.again_at == math.inf
    lanes = await held.take(keys(ONE, 30))
    assert await held.take(keys(ONE, 30, 101)) == []
    assert held.again_at <= time.monotonic() + AGAIN_SECONDS
    later = held.again_at
    monkeypatch.setattr("time.monotonic", lambda: later)

    answered(held, lanes)
    again = await held.take(keys(OTHER, 1))
    assert again[0].key.organization_id == OTHER
    assert {lane.key.organization_id for lane in again[1:]} == {ONE}
    assert len(again) == 6


async def test_what_is_refused_is_not_put_off_by_what_comes_after_it_which_is_had_first(
    held, monkeypatch
):
    now = time.monotonic()
    monkeypatch.setattr("time.monotonic", lambda: now)
    lanes = await held.take(keys(ONE, 12))
    assert {lane.key for lane in lanes} == set(keys(ONE, 6, 7))
    now += AGAIN_SECONDS / 2
    assert await held.take(keys(ONE, 1, 100)) == []
    now += AGAIN_SECONDS / 2
    answered(held, lanes[:1])

    assert [lane.key for lane in await held.take({})] == list(keys(ONE, 1, 100))


async def test_only_so_many_that_are_refused_are_kept_in_mind(held, monkeypatch):
    monkeypatch.setattr("delivery.held.MOST_REFUSED", 3)
    await held.take(keys(ONE, 30))

    assert len(held._refused) == 3


async def test_what_is_held_is_not_taken_twice(held):
    [lane] = await held.take(keys(ONE, 1))

    assert await held.take(keys(ONE, 1)) == []
    assert held.get(lane.key) is lane
    assert list(held.some(keys(ONE, 2))) == [lane]
    assert not held.is_crowded


async def test_what_another_worker_has_takes_no_room(held, database):
    async with database.reading() as connection:
        await delivery_queue.take(connection, uuid4(), keys(ONE, 6), 60)
    assert await held.take(keys(ONE, 6)) == []

    assert len(await held.take(keys(ONE, 6, first=10))) == 6


async def test_what_could_not_be_leased_takes_no_room(held, leases, monkeypatch):
    async def away(_):
        raise Unavailable("It is away.")

    with monkeypatch.context() as patch:
        patch.setattr(leases, "take", away)
        with pytest.raises(Unavailable):
            await held.take(keys(ONE, 6))

    assert len(await held.take(keys(ONE, 6))) == 6


async def test_slow_ones_have_half_and_are_known_again(held, forgotten):
    first = 1
    while lanes := await held.take(keys(ONE, 9, first)):
        answered(held, lanes, seconds=15)
        first += 9
    # They were new: it is what they are from now on that counts.
    hung = [lane.key for lane in held.all()]
    assert len(hung) == 60
    await held.give_back(lambda _: True)
    assert forgotten == hung
    assert list(held.all()) == []

    again = await held.take(dict.fromkeys(hung))
    assert [lane.pace for lane in again] == [Pace.SLOW] * 30
    # Others of the same organization aren't slow, and have the room that it has otherwise.
    assert len(await held.take(keys(ONE, 9, first=500))) == 2


async def test_of_very_many_the_longest_ago_are_not_known_any_more(held, monkeypatch):
    monkeypatch.setattr("delivery.held.REMEMBERED", 2)
    answered(held, await held.take(keys(ONE, 3)))
    await held.give_back(lambda _: True)

    assert [lane.pace for lane in await held.take(keys(ONE, 3))] == [
        Pace.UNKNOWN,
        Pace.QUICK,
        Pace.QUICK,
    ]


async def test_that_another_worker_has_a_lane_is_known_for_as_long_as_its_lease(
    leases, database, monkeypatch
):
    [key], other = keys(ONE, 1), uuid4()
    async with database.reading() as connection:
        await delivery_queue.take(connection, other, [key], 60)
    assert not leases.is_elsewhere(key)
    assert await leases.take([key]) == {}
    assert leases.is_elsewhere(key)

    with monkeypatch.context() as patch:
        later = time.monotonic() + LEASE_SECONDS
        patch.setattr("time.monotonic", lambda: later)
        assert not leases.is_elsewhere(key)
    async with database.reading() as connection:
        await delivery_queue.let_go(connection, other, [key])
    assert key in await leases.take([key])
    assert not leases.is_elsewhere(key)


async def test_of_very_many_that_others_have_the_latest_are_known(leases, database, monkeypatch):
    monkeypatch.setattr("delivery.leases.REMEMBERED", 2)
    wanted = list(keys(ONE, 3))
    async with database.reading() as connection:
        await delivery_queue.take(connection, uuid4(), wanted, 60)
    await leases.take(wanted)

    assert [leases.is_elsewhere(key) for key in wanted] == [False, True, True]
