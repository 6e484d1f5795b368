"""When keys were last used, until it is written down."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from access.usage import Usage
from db.token import Use
from tests.test_access_caller import HERE, caller, known

NOW = datetime(2027, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
THERE = ip_address("2001:db8::1")
FIRST, SECOND, THIRD = keys = [known() for _ in range(3)]


@pytest.fixture
def usage():
    return Usage()


def use(key, at=NOW, address=HERE):
    return Use(key.organization_id, key.id, at, address)


def test_a_use_says_which_key_when_and_from_where(usage):
    usage.note(caller(FIRST, THERE), NOW)
    assert usage.take() == [use(FIRST, NOW, THERE)]


def test_what_was_taken_is_no_longer_here(usage):
    usage.note(caller(FIRST), NOW)
    assert len(usage.take()) == 1
    assert usage.take() == []


def test_the_latest_use_of_each_key_counts(usage):
    usage.note(caller(FIRST), NOW)
    usage.note(caller(SECOND), NOW)
    usage.note(caller(FIRST, THERE), LATER)
    assert usage.take() == [use(FIRST, LATER, THERE), use(SECOND)]


def test_batches_are_bounded_and_leave_the_rest(usage):
    for key in keys:
        usage.note(caller(key), NOW)
    assert usage.take(2) == [use(FIRST), use(SECOND)]
    assert usage.take(2) == [use(THIRD)]


def test_unwritten_uses_come_back_but_not_over_later_ones(usage):
    usage.note(caller(FIRST), NOW)
    usage.note(caller(SECOND), NOW)
    taken = usage.take()
    usage.note(caller(FIRST, THERE), LATER)

    usage.put_back(taken)

    assert usage.take() == [use(FIRST, LATER, THERE), use(SECOND)]


def test_a_use_that_comes_after_unwritten_ones_takes_the_place_of_its_keys(usage):
    usage.note(caller(FIRST), NOW)
    usage.note(caller(SECOND), NOW)
    usage.put_back(usage.take())
    usage.note(caller(FIRST, THERE), LATER)

    assert usage.take(2) == [use(FIRST, LATER, THERE), use(SECOND)]
    assert usage.take() == []


def test_unwritten_uses_count_in_a_batch_and_stay_until_there_is_room(usage):
    usage.note(caller(FIRST), NOW)
    usage.put_back(usage.take())
    usage.note(caller(SECOND), NOW)
    usage.note(caller(THIRD), NOW)

    assert usage.take(2) == [use(SECOND), use(THIRD)]
    assert usage.take(2) == [use(FIRST)]
