"""Keys that were refused for their address, until the server tells of them."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest

from access import refusals as module
from access.errors import IpNotAllowed, Unauthenticated
from access.refusals import Refusals
from db.refusal import Refusal
from tests.test_access_caller import caller, known

NOW = datetime(2027, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
HERE, THERE = ip_address("192.0.2.7"), ip_address("2001:db8::1")
FIRST, SECOND, THIRD = [known(networks=["203.0.113.0/24"]) for _ in range(3)]


@pytest.fixture
def refusals():
    return Refusals()


def refused(key, address=HERE):
    """What such a key is refused with at such an address."""
    with pytest.raises(IpNotAllowed) as caught:
        caller(key, address).must_be_at_an_allowed_address()
    return caught.value


def refusal(key, at=NOW, address=HERE):
    return Refusal(key.organization_id, key.id, key.actor.name, address, at)


def test_the_first_refusal_of_each_key_counts(refusals):
    refusals.note(refused(FIRST), NOW)
    refusals.note(refused(SECOND, THERE), NOW)
    refusals.note(refused(FIRST, THERE), LATER)

    assert refusals.take() == [refusal(FIRST), refusal(SECOND, NOW, THERE)]
    assert refusals.take() == []


def test_other_refusals_are_nobodys_news(refusals):
    for error in (Unauthenticated("unknown"), IpNotAllowed("unknown"), refused(FIRST, None)):
        refusals.note(error, NOW)

    assert refusals.take() == []


def test_they_are_taken_in_batches(refusals):
    for key in (FIRST, SECOND, THIRD):
        refusals.note(refused(key), NOW)

    assert refusals.take(2) == [refusal(FIRST), refusal(SECOND)]
    assert refusals.take(2) == [refusal(THIRD)]


def test_what_is_put_back_came_first(refusals):
    refusals.note(refused(FIRST), NOW)
    taken = refusals.take()
    refusals.note(refused(FIRST, THERE), LATER)

    refusals.put_back(taken)

    assert refusals.take() == [refusal(FIRST)]


def test_there_is_room_for_so_many(refusals, monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)
    for key in (FIRST, SECOND, THIRD):
        refusals.note(refused(key), NOW)

    assert refusals.take() == [refusal(FIRST), refusal(SECOND)]
    refusals.note(refused(THIRD), LATER)
    assert refusals.take() == [refusal(THIRD, LATER)]
