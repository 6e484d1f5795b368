"""Places: how many may be taken by whom, and that what is taken is given back as what it is."""

from collections import deque
from itertools import count
from uuid import UUID

import pytest

from db.delivery_rows import LaneKey
from delivery.lane import Lane
from delivery.pace import NEW_SECONDS, SLOW_SECONDS, Pace
from delivery.places import Places
from delivery.shares import Share, Shares

OWNERS = [UUID(int=number) for number in range(1, 601)]


def lane(owner, seconds=None):
    made = Lane(LaneKey(owner, UUID(int=1)), until=0)
    made.speed.seconds = seconds
    return made


def taken(shares, owner, pace):
    """An organization takes as many as it can."""
    number = 0
    while shares.has_room(owner, pace):
        shares.take(owner, pace)
        number += 1
    return number


def taken_in_turns(shares, owners, pace):
    """Each takes one in turn, until none can."""
    counts = dict.fromkeys(owners, 0)
    while wanting := [owner for owner in owners if shares.has_room(owner, pace)]:
        for owner in wanting:
            if shares.has_room(owner, pace):
                shares.take(owner, pace)
                counts[owner] += 1
    return list(counts.values())


@pytest.mark.parametrize(
    ("owners", "each", "free"),
    [(1, {250}, 250), (2, {167}, 166), (9, {50}, 50), (99, {5}, 5), (250, {1, 2}, 1)],
)
def test_of_known_ones_as_many_as_are_left_free_are_each_owners(owners, each, free):
    shares = Shares(500)

    assert set(taken_in_turns(shares, OWNERS[:owners], Pace.STEADY)) == each
    assert shares.free == free
    assert shares.load(OWNERS[0]) == max(each)


@pytest.mark.parametrize("owners", [1, 2, 9, 99, 250, 599])
def test_all_that_are_slow_have_half_at_most_and_one_owners_half_of_that(owners):
    shares = Shares(500)
    counts = taken_in_turns(shares, OWNERS[:owners], Pace.SLOW)

    assert sum(counts) <= 250
    assert max(counts) <= 125
    assert shares.has_room(OWNERS[-1], Pace.UNKNOWN)


def test_of_new_ones_each_organization_leaves_as_many_to_the_next():
    shares = Shares(500)

    assert [taken(shares, owner, Pace.UNKNOWN) for owner in OWNERS[:8]] == [
        *(25, 13, 6, 3, 2, 1, 0, 0),
    ]
    assert shares.free == 450
    assert shares.has_room(OWNERS[-1], Pace.STEADY)


@pytest.mark.parametrize("also", [(), OWNERS])
def test_without_end_organizations_come_whose_endpoints_hang_and_always_a_new_one_finds_a_place(
    also,
):
    """Seconds of ten ticks; beside them there may be many that are known to hang."""
    shares, owners = Shares(500), map(UUID, map("{:032x}".format, count(1_000)))
    young, old = deque(), deque()
    begun = [0] * 60
    for tick in range(600):
        while young and young[0][0] <= tick - 10 * NEW_SECONDS:
            began, owner = young.popleft()
            shares.give_back(owner, Pace.UNKNOWN)
            shares.take(owner, Pace.SLOW)
            old.append((began, owner))
        for at in [at for at in old if at[0] <= tick - 150]:
            old.remove(at)
            shares.give_back(at[1], Pace.SLOW)
        for owner in also:
            if shares.has_room(owner, Pace.SLOW):
                shares.take(owner, Pace.SLOW)
                old.append((tick, owner))
        while shares.has_room(owner := next(owners), Pace.UNKNOWN):
            shares.take(owner, Pace.UNKNOWN)
            young.append((tick, owner))
            begun[tick // 10] += 1

        assert shares.has_room(owner, Pace.STEADY)
    assert min(begun) >= 4
    assert sum(begun) >= 1_000


@pytest.mark.parametrize("organizations", [1, 2])
def test_however_many_of_its_own_hang_an_organization_goes_on_to_new_ones(organizations):
    """Seconds of ten ticks; all are new ones that hang for 15 seconds."""
    shares, owners = Shares(500), OWNERS[:organizations]
    young, old = deque(), deque()
    latest = dict.fromkeys(owners, 0)
    for tick in range(600):
        while young and young[0][0] <= tick - 10 * NEW_SECONDS:
            began, owner = young.popleft()
            shares.give_back(owner, Pace.UNKNOWN)
            shares.take(owner, Pace.SLOW)
            old.append((began, owner))
        while old and old[0][0] <= tick - 150:
            shares.give_back(old.popleft()[1], Pace.SLOW)
        for owner in owners:
            if number := taken(shares, owner, Pace.UNKNOWN):
                latest[owner] = tick
                young.extend([(tick, owner)] * number)

        assert tick - min(latest.values()) <= 10 * NEW_SECONDS


def test_of_one_there_is_one():
    share = Share(1)
    assert share.has_room(OWNERS[0])

    share.take(OWNERS[0])
    assert not share.has_room(OWNERS[1])
    share.give_back(OWNERS[0])
    assert (share.free, share.taken) == (1, {})
    assert Shares(1).has_room(OWNERS[0], Pace.SLOW)
    assert Shares(1).has_room(OWNERS[0], Pace.UNKNOWN)


def test_a_place_is_given_back_as_it_was_taken_though_the_pace_is_another_by_then():
    places, one = Places(500), lane(OWNERS[0], seconds=0.01)
    before = [places.take(one)]
    one.speed.seconds = 5.0
    before.append(places.take(one))
    one.speed.seconds = None
    before.append(places.take(one))
    assert [place.pace for place in before] == [Pace.QUICK, Pace.SLOW, Pace.UNKNOWN]
    assert (places._quick, places.load(one)) == (47, 3)

    for place in before:
        places.give_back(place)
    shares = places._shares
    assert (places.free, places._quick, shares._slow.free, shares._new.free) == (500, 48, 250, 0)


def test_who_does_not_answer_in_time_is_slow_before_the_attempt_has_ended(monkeypatch):
    places, now = Places(500), 1_000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    hung, quick, ended = lane(OWNERS[0]), lane(OWNERS[1], seconds=0.01), lane(OWNERS[2])
    kept = [places.take(hung), places.take(quick)]
    places.give_back(places.take(ended))

    assert places.late(now + NEW_SECONDS - 0.01) == []
    assert places.late(now + NEW_SECONDS) == [hung]
    assert places.late(now + SLOW_SECONDS - 0.01) == []
    assert places.late(now + SLOW_SECONDS) == [quick]
    assert [one.pace for one in (hung, quick, ended)] == [Pace.SLOW, Pace.SLOW, Pace.UNKNOWN]
    assert (places._quick, places._shares._slow.free, places._shares._new.free) == (48, 248, 0)
    for place in kept:
        places.give_back(place)
    assert (places.free, places._quick, places._shares._slow.free) == (500, 48, 250)
    assert places.late(now + 100) == []


def test_only_so_many_are_quick_and_others_have_places_beside_them():
    places, quick = Places(500), lane(OWNERS[0], seconds=0.01)
    for _ in range(48):
        assert places.may_be_taken(quick)
        places.take(quick)

    assert not places.may_be_taken(quick)
    assert places.has_share(quick)
    assert places.may_be_taken(lane(OWNERS[0]))
