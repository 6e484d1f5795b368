"""A lane: what is read ahead, and for how long that holds."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from db.delivery_rows import Due, LaneKey
from delivery.lane import FOREVER, FRESH_SECONDS, LATE, Lane
from delivery.pace import Pace

KEY = LaneKey(UUID(int=1), UUID(int=2))
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
MIDNIGHT = NOON + timedelta(hours=12)


def due(number, *, fails=False):
    row = Due()
    row.id = UUID(int=number)
    row.next_attempt_at = NOON + timedelta(seconds=number)
    row.failing_since = NOON if fails else None
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


def test_a_read_begins_where_the_last_one_did_for_what_is_before_has_been_sent():
    lane = Lane(KEY, until=160.0)
    assert lane.due_since(MIDNIGHT) == FOREVER

    lane.put([due(5), due(6)], lane.ask(), 100.0)
    assert lane.due_since(MIDNIGHT) == NOON + timedelta(seconds=5)
    lane.put([], lane.ask(), 100.0)
    assert lane.due_since(MIDNIGHT) == NOON + timedelta(seconds=5)


def test_what_is_committed_late_is_read_all_the_same():
    lane = read([due(5)], 100.0)

    now = NOON + timedelta(seconds=6)
    assert lane.due_since(now) == now - LATE


def test_what_was_put_back_is_read_from_its_beginning():
    lane = read([due(5)], 100.0)
    lane.put_back()

    assert lane.due_since(MIDNIGHT) == FOREVER


def test_a_read_that_left_out_what_was_put_back_meanwhile_does_not_hide_it():
    lane = read([due(5)], 100.0)
    asked = lane.ask()
    lane.put_back()
    lane.put([due(6)], asked, 100.0)
    assert lane.due_since(MIDNIGHT) == FOREVER

    lane.put([due(7)], lane.ask(), 100.0)
    assert lane.due_since(MIDNIGHT) == NOON + timedelta(seconds=7)


def test_what_a_read_that_failed_was_to_read_is_read_again_and_then_the_lane_is_idle():
    lane = read([due(5)], 100.0)
    lane.next(100.0)
    lane.busy.clear()
    lane.ask()
    lane.unread()
    assert (lane.has_more, lane.is_read, lane.is_idle) == (True, False, False)

    lane.put([], lane.ask(), 101.0)
    assert lane.is_idle


@pytest.mark.parametrize(
    ("seconds", "pace"),
    [
        ((), Pace.UNKNOWN),
        ((0.09,), Pace.QUICK),
        ((0.1,), Pace.STEADY),
        ((0.99,), Pace.STEADY),
        ((1.0,), Pace.SLOW),
        ((0.01, 15.0), Pace.SLOW),
        ((15.0, 0.01, 0.01), Pace.SLOW),
        ((15.0, 0.01, 0.01, 0.01, 0.01), Pace.STEADY),
    ],
)
def test_a_pace_is_told_by_what_the_latest_attempts_took(seconds, pace):
    lane = Lane(KEY, until=160.0)
    for each in seconds:
        lane.sent(succeeded=True, seconds=each)

    assert lane.pace is pace


def test_one_that_is_late_is_slow_until_it_has_answered_in_time_again():
    lane = Lane(KEY, until=160.0)
    lane.speed.is_late()
    assert lane.pace is Pace.SLOW

    lane.sent(succeeded=True, seconds=0.9)
    assert lane.pace is Pace.STEADY
    lane.sent(succeeded=True, seconds=15.0)
    lane.speed.is_late()
    assert lane.speed.seconds == pytest.approx(7.975)


def test_one_that_fails_is_slow_until_it_has_shown_otherwise():
    lane = read([due(1, fails=True)], 100.0)
    assert lane.pace is Pace.SLOW

    lane.sent(succeeded=False, seconds=0.2)
    assert lane.pace is Pace.STEADY


def test_a_slow_one_has_had_its_turn_when_it_was_sent_to_and_all_is_written():
    row = due(1, fails=True)
    lane = read([row], 100.0)
    assert not lane.has_had_its_turn

    lane.next(100.0)
    lane.sent(succeeded=False, seconds=15.0)
    assert not lane.has_had_its_turn

    lane.busy.discard(row.id)
    assert lane.has_had_its_turn
    lane.ask()
    assert not lane.has_had_its_turn


def test_one_that_answers_keeps_its_lane():
    row = due(1)
    lane = read([row], 100.0)
    lane.next(100.0)
    lane.sent(succeeded=True, seconds=0.2)
    lane.busy.discard(row.id)

    assert not lane.has_had_its_turn
