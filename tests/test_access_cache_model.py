"""The cache of keys beside a model of it, through anything that can happen to both."""

import math
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from access.cache import KeyCache
from tests.test_access_caller import known

NOW = datetime(2027, 1, 1, tzinfo=UTC)
KEY, OTHER = known(), known()


class KeyCacheMachine(RuleBasedStateMachine):
    """The cache beside a model that has every mark's entry in a plain dict."""

    SIZE = 3
    KEYS = (KEY, OTHER, known())
    MARKS = tuple(bytes([number]) for number in range(6))

    def __init__(self):
        super().__init__()
        self.cache, self.now = KeyCache(self.SIZE), NOW
        self.reads, self.entries, self.sure = [], {}, True

    def changed(self, *keys):
        """What the model loses: entries of those keys, and every read that was under way."""
        self.reads = [(mark, at, generation, False) for mark, at, generation, _ in self.reads]
        self.entries = {m: e for m, e in self.entries.items() if e[0] not in keys}

    @rule(mark=st.sampled_from(MARKS))
    def begin_to_read(self, mark):
        self.reads.append((mark, self.now, self.cache.generation, True))

    @precondition(lambda self: self.reads)
    @rule(data=st.data(), lives=st.none() | st.integers(1, 15))
    def put(self, data, lives):
        place = data.draw(st.integers(0, len(self.reads) - 1))
        mark, at, generation, current = self.reads.pop(place)
        key = self.KEYS[mark[0] % 3]
        ends = None if lives is None else at + timedelta(seconds=lives)
        self.cache.put(mark, key, at, ends, generation)
        if current:
            self.entries.pop(mark, None)
            self.entries[mark] = (key, at, at + timedelta(seconds=min(lives or 10, 10)))
            self.entries = dict(list(self.entries.items())[-self.SIZE :])

    @rule(key=st.sampled_from(KEYS), loudly=st.booleans())
    def forget(self, key, loudly):
        self.cache.heard(str(key.id)) if loudly else self.cache.forget(key.id)
        self.changed(key)

    @rule(loudly=st.booleans())
    def clear(self, loudly):
        self.cache.heard("*") if loudly else self.cache.clear()
        self.changed(*self.KEYS)

    @rule(seconds=st.integers(-3, 11))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(heard=st.booleans())
    def renew(self, heard):
        self.cache.renew(math.inf if heard else -math.inf)
        if not self.sure:
            self.changed(*self.KEYS)
        self.sure = heard

    @invariant()
    def serves_what_the_model_has(self):
        for mark in self.MARKS:
            key, since, until = self.entries.get(mark, (None, self.now, self.now))
            served = key if self.sure and since <= self.now < until else None
            assert self.cache.get(mark, self.now) is served
            assert self.cache.was_good(mark) == (mark in self.entries)

    @invariant()
    def knows_the_marks_of_each_key(self):
        marks = {mark: id for id, marks in self.cache._marks.items() for mark in marks}
        assert marks == {mark: entry[0].id for mark, entry in self.entries.items()}
        assert all(self.cache._marks.values())


TestKeyCache = KeyCacheMachine.TestCase
TestKeyCache.settings = settings(max_examples=60, stateful_step_count=30)
