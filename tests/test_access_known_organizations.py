"""Organizations that were read a moment ago: kept as keys are, each under its own id."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from access.cache import KeyCache
from access.known_organizations import KnownOrganizations
from db.organization import Organization
from tests.test_access_cache import KEY
from tests.test_access_cache import NOW as CHECKED_AT

NOW = datetime(2027, 1, 1, tzinfo=UTC)


def row(name="Acme", id=None):
    return Organization(id=id or uuid4(), name=name, slug="acme", created_at=NOW)


ACME, OTHER, THIRD = row(), row("Other"), row("Third")


class Steady:
    """The monotonic clock, which goes when a test says so."""

    def __init__(self):
        self.seconds = 100.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def monotonic():
    return Steady()


@pytest.fixture
def cache(monotonic):
    return KeyCache(organizations_size=2, sure_until=1_000, monotonic=monotonic)


def filled(cache, *rows):
    for each in rows:
        cache.put_organization(each, cache.asking())
    return cache


def served(cache, *rows):
    return [cache.organization(each.id) for each in rows]


def test_each_is_served_under_its_own_id_alone(cache):
    filled(cache, ACME, OTHER)
    assert served(cache, ACME, OTHER, THIRD) == [ACME, OTHER, None]
    assert served(cache, ACME, OTHER) == [ACME, OTHER]


def test_rows_live_ten_seconds_from_when_they_were_asked_for(cache, monotonic):
    asked = cache.asking()
    monotonic.seconds = 104.0
    cache.put_organization(ACME, asked)
    monotonic.seconds = 109.9
    assert served(cache, ACME) == [ACME]
    monotonic.seconds = 110.0
    assert served(cache, ACME) == [None]
    filled(cache, ACME)
    assert served(cache, ACME) == [ACME]


def test_what_was_asked_for_first_makes_room(cache, monotonic):
    filled(cache, ACME, OTHER)
    monotonic.seconds += 1
    filled(cache, ACME, THIRD)
    assert served(cache, ACME, OTHER, THIRD) == [ACME, None, THIRD]


def test_a_million_organizations_take_no_more_room_than_the_bound():
    known = KnownOrganizations(10, 10.0)
    for number in range(1_000):
        known.put(row(), float(number))
    assert len(known._reads) == 10


def test_what_was_asked_for_earlier_replaces_nothing_newer(cache, monotonic):
    early = cache.asking()
    monotonic.seconds += 1
    newer = row("Acme & Sons", ACME.id)
    filled(cache, newer)
    cache.put_organization(ACME, early)
    assert served(cache, ACME) == [newer]


@pytest.mark.parametrize(
    ("changed", "left"),
    [(str(ACME.id), [None, OTHER]), (str(uuid4()), [ACME, OTHER]), ("*", [None, None])],
    ids=["it", "another", "all"],
)
def test_what_changed_is_forgotten_and_nothing_else(cache, changed, left):
    filled(cache, ACME, OTHER)
    cache.heard(changed)
    assert served(cache, ACME, OTHER) == left


@pytest.mark.parametrize("changed", [str(ACME.id), str(uuid4()), "*"], ids=["it", "another", "all"])
def test_what_was_read_before_a_change_is_not_kept(cache, changed):
    asked = cache.asking()
    cache.heard(changed)
    cache.put_organization(ACME, asked)
    assert served(cache, ACME) == [None]


def test_a_changed_organization_costs_its_keys_nothing(cache):
    cache.put(b"a", KEY, CHECKED_AT, None, cache.generation)
    cache.heard(str(KEY.organization_id))
    assert cache.get(b"a", CHECKED_AT) is KEY


def test_nothing_is_served_where_changes_are_not_heard(cache, monotonic):
    cache.renew(101.0)
    filled(cache, ACME)
    monotonic.seconds = 100.9
    assert served(cache, ACME) == [ACME]
    monotonic.seconds = 101.0
    assert served(cache, ACME) == [None]
    # What was kept in the gap, and before it, may have changed in it.
    filled(cache, OTHER)
    cache.renew(102.0)
    assert served(cache, ACME, OTHER) == [None, None]
    filled(cache, ACME)
    assert served(cache, ACME) == [ACME]
