"""A lane: what is read ahead, and for how long that holds."""

from uuid import UUID

from db.delivery_rows import Due, LaneKey
from delivery.lane import FRESH_SECONDS, Lane

KEY = LaneKey(UUID(int=1), UUID(int=2))


def due(number):
    row = Due()
    row.id = UUID(int=number)
    return row


def read(rows, now):
    lane = Lane(KEY, until=now + 60)
    lane.put(rows, lane.ask(), now)
    return lane


def test_what_was_read_is_sent_in_its_order():
    first, second = due(1), due(2)
    lane = read([first, second], 100.0)
    lane.width = 2

    assert lane.next(100.0) is first
    assert lane.next(100.0) is second
    assert lane.next(100.0) is None


def test_what_was_read_long_ago_is_read_again_for_it_may_have_been_cancelled():
    lane = read([due(1)], 100.0)

    assert lane.next(100.0 + FRESH_SECONDS + 0.01) is None
    assert lane.has_more
    assert lane.busy == set()


def test_nothing_is_sent_once_the_lease_has_run_out():
    lane = read([due(1)], 100.0)
    lane.until = 100.0

    assert lane.next(100.0) is None
