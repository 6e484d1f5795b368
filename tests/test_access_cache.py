"""Keys that were checked a moment ago: kept for ten seconds, and never served beyond a change."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest

from access.cache import KeyCache
from tests.test_access_caller import known

NOW = datetime(2027, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)
KEY, OTHER = known(), known()


def after(seconds):
    return NOW + timedelta(seconds=seconds)


def filled(cache=None, **puts):
    """A cache with keys put in now, under their names as marks."""
    cache = cache or KeyCache()
    for name, key in puts.items():
        cache.put(name.encode(), key, NOW, None, cache.generation)
    return cache


@pytest.fixture
def monotonic(monkeypatch):
    """The steady clock, which goes when a test says so."""
    clock = SimpleNamespace(seconds=100.0)
    steady = SimpleNamespace(monotonic=lambda: clock.seconds)
    monkeypatch.setattr("access.cache.time", steady)
    return clock


def test_marks_tell_tokens_apart_and_hide_them():
    cache = KeyCache()
    assert cache.mark("th_a") == cache.mark("th_a")
    assert cache.mark("th_a") != cache.mark("th_b")
    assert KeyCache().mark("th_a") != cache.mark("th_a")
    assert len(cache.mark("th_a" * 99)) == 16


def test_entries_live_ten_seconds():
    cache = filled(a=KEY)
    assert cache.get(b"a", NOW) is KEY
    assert cache.get(b"a", after(10) - TICK) is KEY
    assert cache.get(b"a", after(10)) is None
    assert cache.get(b"b", NOW) is None


@pytest.mark.parametrize(("ends", "lives"), [(3, 3), (10, 10), (11, 10)])
def test_entries_end_with_their_token_if_that_is_sooner(ends, lives):
    cache = KeyCache()
    cache.put(b"a", KEY, NOW, after(ends), 0)
    assert cache.get(b"a", after(lives) - TICK) is KEY
    assert cache.get(b"a", after(lives)) is None


def test_a_clock_that_was_set_back_lengthens_no_life():
    cache = filled(a=KEY)
    cache.put_refusal(b"b", NOW, "No.", 0)
    assert cache.get(b"a", NOW - TICK) is None
    assert cache.refusal(b"b", NOW - TICK) is None
    assert (cache.get(b"a", NOW), cache.refusal(b"b", NOW)) == (KEY, "No.")


def test_an_old_entry_says_that_its_token_was_good():
    cache = filled(a=KEY)
    assert cache.get(b"a", after(3600)) is None
    assert (cache.was_good(b"a"), cache.was_good(b"b")) == (True, False)
    cache.forget(KEY.id)
    assert not cache.was_good(b"a")


def test_all_tokens_of_a_changed_key_are_forgotten_and_no_others():
    cache = filled(a=KEY, b=OTHER, c=KEY)
    cache.forget(KEY.id)
    assert [cache.get(mark, NOW) for mark in (b"a", b"b", b"c")] == [None, OTHER, None]
    cache.forget(uuid4())
    assert cache.get(b"b", NOW) is OTHER


@pytest.mark.parametrize(
    ("changed", "left"), [(str(KEY.id), OTHER), ("*", None)], ids=["it", "all"]
)
def test_what_another_connection_changed_is_forgotten(changed, left):
    cache = filled(a=KEY, b=OTHER)
    cache.heard(changed)
    assert [cache.get(mark, NOW) for mark in (b"a", b"b")] == [None, left]


@pytest.mark.parametrize("changed", [str(KEY.id), str(uuid4()), "*"], ids=["it", "other", "all"])
def test_what_was_read_before_a_change_is_not_kept(changed):
    cache = KeyCache()
    before = cache.generation
    cache.heard(changed)
    cache.put(b"a", KEY, NOW, None, before)
    cache.put_refusal(b"b", NOW, "No.", before)
    assert (cache.get(b"a", NOW), cache.was_good(b"a")) == (None, False)
    assert cache.refusal(b"b", NOW) is None


def test_a_put_that_comes_too_late_leaves_the_newer_entry():
    cache = KeyCache()
    cache.forget(KEY.id)
    cache.put(b"a", KEY, NOW, None, 1)
    cache.put(b"a", OTHER, NOW, None, 0)
    assert cache.get(b"a", NOW) is KEY


def test_the_longest_unread_entry_makes_room():
    cache = filled(KeyCache(size=2), a=KEY, b=OTHER)
    filled(cache, a=KEY, c=KEY)
    assert [cache.was_good(mark) for mark in (b"a", b"b", b"c")] == [True, False, True]
    assert (len(cache._entries), set(cache._marks)) == (2, {KEY.id})


def test_refusals_are_short_and_apart_from_keys():
    cache = filled(a=KEY)
    cache.put_refusal(b"a", NOW, "No.", 0)
    assert cache.get(b"a", NOW) is KEY
    assert cache.refusal(b"a", after(1) - TICK) == "No."
    assert cache.refusal(b"a", after(1)) is None
    assert not cache.was_good(b"b")


def test_refusals_are_few_and_the_newest():
    cache = filled(KeyCache(refused_size=2), a=KEY)
    for mark in (b"a", b"b", b"c"):
        cache.put_refusal(mark, NOW, mark.decode(), 0)
    assert [cache.refusal(mark, NOW) for mark in (b"a", b"b", b"c")] == [None, "b", "c"]
    assert (len(cache._refused), cache.get(b"a", NOW)) == (2, KEY)


@pytest.mark.parametrize("changed", [str(uuid4()), "*"], ids=["other", "all"])
def test_refusals_fall_with_any_change(changed):
    cache = KeyCache()
    cache.put_refusal(b"a", NOW, "No.", 0)
    cache.heard(changed)
    assert cache.refusal(b"a", NOW) is None


def test_nothing_is_served_beyond_the_time_in_which_changes_are_heard(monotonic):
    cache = filled(KeyCache(sure_until=101.0), a=KEY)
    cache.put_refusal(b"b", NOW, "No.", 0)
    monotonic.seconds = 100.9
    assert (cache.is_sure, cache.get(b"a", NOW), cache.refusal(b"b", NOW)) == (True, KEY, "No.")
    monotonic.seconds = 101.0
    assert (cache.is_sure, cache.get(b"a", NOW), cache.refusal(b"b", NOW)) == (False, None, None)
    assert cache.was_good(b"a")


def test_a_renewal_in_time_keeps_entries(monotonic):
    cache = filled(KeyCache(sure_until=101.0), a=KEY)
    cache.renew(102.0)
    monotonic.seconds = 101.9
    assert (cache.get(b"a", NOW), cache.generation) == (KEY, 0)


def test_a_renewal_after_a_gap_empties_the_cache(monotonic):
    cache = filled(KeyCache(sure_until=101.0), a=KEY)
    monotonic.seconds = 101.0
    cache.renew(102.0)
    cache.put(b"b", KEY, NOW, None, 0)
    assert cache.is_sure
    assert [cache.was_good(mark) for mark in (b"a", b"b")] == [False, False]
    filled(cache, b=KEY)
    assert cache.get(b"b", NOW) is KEY
