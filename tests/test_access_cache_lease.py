"""Nothing is served long after it changed, whatever becomes of who hears of changes, and when."""

import math
from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from access.cache import KeyCache
from access.known_organizations import KnownOrganizations
from db.organization import Organization
from tests.test_access_caller import known

NOW = datetime(2027, 1, 1, tzinfo=UTC)
LEASE = 8
EVERYTHING = "*"
STEPS = 30
ID = known().id
MARK = b"its token's"
# The same key, as each change leaves it.
VERSIONS = [replace(known(), id=ID) for _ in range(STEPS + 1)]
ORGANIZATIONS = [
    Organization(id=ID, name=f"Acme {number}", slug="acme", created_at=NOW)
    for number in range(STEPS + 1)
]


class LeaseMachine(RuleBasedStateMachine):
    """A database whose key changes, a listener that lags and is cut, and requests that race.

    Time goes in tenths of a second.
    """

    versions = VERSIONS

    def __init__(self):
        super().__init__()
        self.time = 0
        self.cache = KeyCache(sure_until=0, monotonic=lambda: self.time)
        # When each version of the key came to be.
        self.began = [0]
        self.reads, self.coming, self.question = [], [], None
        self.listens = False
        self.connect()
        self.is_asked_in_time(1)

    @rule()
    def change(self):
        self.began.append(self.time)
        if self.listens:
            self.coming.append(str(ID))

    @rule(tenths=st.integers(1, 9))
    def time_passes(self, tenths):
        self.time += tenths

    @precondition(lambda self: self.listens and self.question is None)
    @rule(tenths=st.sampled_from([1, 4, 7]))
    def is_asked_in_time(self, tenths):
        self.time += tenths
        self.asks()
        self.is_answered()

    @rule()
    def begin_to_read(self):
        self.reads.append((len(self.began) - 1, self.asking()))

    @rule()
    def reads_and_keeps(self):
        self.begin_to_read()
        self.put(*self.reads.pop())

    @precondition(lambda self: self.reads)
    @rule(data=st.data())
    def put_what_was_read(self, data):
        place = data.draw(st.integers(0, len(self.reads) - 1))
        self.put(*self.reads.pop(place))

    def asking(self):
        return self.cache.generation

    def put(self, version, generation):
        self.cache.put(MARK, VERSIONS[version], NOW, None, generation)

    def served(self):
        return self.cache.get(MARK, NOW)

    @precondition(lambda self: not self.listens)
    @rule()
    def connect(self):
        self.listens = True
        self.cache.heard(EVERYTHING)

    @precondition(lambda self: self.listens)
    @rule()
    def is_cut(self):
        self.listens, self.question = False, None
        self.coming.clear()

    @precondition(lambda self: self.coming)
    @rule()
    def hears(self):
        self.cache.heard(self.coming.pop(0))

    @precondition(lambda self: self.listens and self.question is None)
    @rule()
    def asks(self):
        self.question = self.time

    @precondition(lambda self: self.question is not None)
    @rule()
    def is_answered(self):
        # What was announced before the answer comes before it.
        while self.coming:
            self.hears()
        self.cache.renew(self.question + LEASE)
        self.question = None

    @rule()
    def changes_here(self):
        """Here it is known at once, and once more by the listener."""
        self.change()
        self.cache.forget(ID)

    @invariant()
    def serves_nothing_that_ended_before_the_lease(self):
        served = self.served()
        if served is not None:
            version = self.versions.index(served)
            assert all(end > self.time - LEASE for end in self.began[version + 1 : version + 2])


class OrganizationLeaseMachine(LeaseMachine):
    """The same for the row of an organization."""

    versions = ORGANIZATIONS

    def __init__(self):
        super().__init__()
        # What is served too long here must not be over by itself before that shows.
        self.cache._organizations = KnownOrganizations(1, math.inf)

    def asking(self):
        return self.cache.asking()

    def put(self, version, asked):
        self.cache.put_organization(ORGANIZATIONS[version], asked)

    def served(self):
        return self.cache.organization(ID)


TestLease = LeaseMachine.TestCase
TestLease.settings = settings(max_examples=200, stateful_step_count=STEPS)
TestOrganizationLease = OrganizationLeaseMachine.TestCase
TestOrganizationLease.settings = TestLease.settings


def test_what_is_kept_is_served_while_changes_are_heard():
    time, key = 0, VERSIONS[0]
    cache = KeyCache(sure_until=0, monotonic=lambda: time)
    cache.renew(LEASE)
    cache.put(MARK, key, NOW, None, cache.generation)
    time = LEASE - 1
    assert cache.get(MARK, NOW) is key
    time = LEASE
    assert cache.get(MARK, NOW) is None
