"""When failed deliveries are tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from delivery.schedule import next_attempt

NOW = datetime(2026, 11, 25, tzinfo=UTC)
WAITS = [5, 300, 1800, 7200, 18000, 36000, 36000]


def never():
    return 0.0


@pytest.mark.parametrize(("tries", "seconds"), list(enumerate(WAITS, 1)))
def test_waits_grow(tries, seconds):
    assert next_attempt(tries, NOW, None, never) == NOW + timedelta(seconds=seconds)


def test_after_the_eighth_try_there_is_none():
    assert next_attempt(8, NOW, None, never) is None
    assert next_attempt(9, NOW, 60.0, never) is None


def test_jitter_lengthens_by_up_to_a_tenth():
    assert next_attempt(2, NOW, None, lambda: 0.5) == NOW + timedelta(seconds=315)


def test_a_longer_retry_after_is_waited_for():
    assert next_attempt(1, NOW, 90.0, never) == NOW + timedelta(seconds=90)


def test_a_shorter_retry_after_changes_nothing():
    assert next_attempt(2, NOW, 1.0, never) == NOW + timedelta(seconds=300)


def test_nobody_is_waited_for_longer_than_a_day():
    assert next_attempt(1, NOW, 1e9, never) == NOW + timedelta(days=1)


@given(
    st.integers(1, 7),
    st.none() | st.floats(0, 86400),
    st.floats(0, 1, exclude_max=True),
)
def test_it_is_never_earlier_than_planned_or_asked_for(tries, asked, drawn):
    due = next_attempt(tries, NOW, asked, lambda: drawn)

    least = max(WAITS[tries - 1], asked or 0)
    waited = (due - NOW).total_seconds()
    assert least - 1e-6 <= waited <= least * 1.1 + 1e-6
