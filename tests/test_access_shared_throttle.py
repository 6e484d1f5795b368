"""What failed at one process, told to the others and counted by them."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.shared_throttle import (
    MOST_COUNTED,
    MOST_TOLD,
    PER_PAYLOAD,
    SHARE,
    TELL_SECONDS,
    SharedThrottle,
    packed,
    unpacked,
)
from access.throttle import source_of

HERE = ip_address("203.0.113.9")
NETWORK = ip_address("2001:db8:0:7::1")
START = datetime(2026, 11, 30, tzinfo=UTC)


class Processes:
    """Several processes with a clock that goes when it is told to, and what they tell."""

    def __init__(self, count=2):
        self.seconds = 0.0
        self.all = [
            SharedThrottle(
                lambda: START + timedelta(seconds=self.seconds), monotonic=lambda: self.seconds
            )
            for _ in range(count)
        ]
        for one in self.all:
            one.told()

    @property
    def now(self):
        return START.timestamp() + self.seconds

    def wait(self, place, address=HERE):
        return self.all[place].wait_seconds(address, self.now)

    def fail(self, place, times=1, address=HERE):
        for _ in range(times):
            self.all[place].failed(address, self.now)

    def tell(self):
        """What each of them tells, all of the others hear."""
        told = []
        for one in self.all:
            payloads = one.take()
            one.told()
            told += payloads
            for other in self.all:
                for payload in payloads if other is not one else ():
                    other.hear(payload)
        return told


def addresses(count):
    return [ip_address(0x0A000000 + number) for number in range(count)]


def test_what_failed_elsewhere_counts():
    both = Processes()
    both.fail(0, 20)
    assert both.wait(1) == 0

    assert both.tell() == ["4.cb007109.20"]
    assert (both.wait(0), both.wait(1)) == (2, 2)
    both.seconds = 2
    assert (both.wait(0), both.wait(1)) == (0, 0)


def test_a_network_of_ipv6_is_told_as_one():
    both = Processes()
    both.fail(0, 20, NETWORK)
    assert both.tell() == ["6.20010db800000007.20"]

    assert both.wait(1, ip_address("2001:db8:0:7:ffff::")) == 2
    assert both.wait(1, ip_address("2001:db8:0:8::")) == 0


def test_unknown_addresses_are_told_as_one():
    both = Processes()
    both.fail(0, 20, None)

    assert both.tell() == ["0.0.20"]
    assert both.wait(1, None) == 2


def test_a_few_failures_are_nobody_elses_news():
    both = Processes()
    for address in addresses(500):
        both.fail(0, SHARE - 1, address)

    assert both.tell() == []
    assert both.wait(0, addresses(1)[0]) == 0


def test_an_address_is_held_up_until_the_others_know():
    both = Processes()
    both.fail(0, SHARE)
    assert both.wait(0) == TELL_SECONDS
    payloads = both.all[0].take()
    # Not yet: they are only being told.
    assert both.wait(0) == TELL_SECONDS
    both.all[0].told()

    assert (payloads, both.wait(0)) == (["4.cb007109.5"], 0)


def test_the_others_are_told_once_in_two_seconds():
    both = Processes()
    both.fail(0, SHARE)
    assert both.tell() == ["4.cb007109.5"]
    both.fail(0, SHARE)
    both.seconds = TELL_SECONDS - 0.01
    assert both.tell() == []
    both.seconds = TELL_SECONDS

    assert both.tell() == ["4.cb007109.5"]
    assert both.tell() == []


def test_each_counts_by_itself_where_nobody_tells():
    both = Processes()
    both.all[0].alone()
    both.fail(0, 19)

    assert both.wait(0) == 0
    both.fail(0)
    assert both.wait(0) == 2


def test_what_could_not_be_told_is_told_later():
    both = Processes()
    both.fail(0, 7)
    assert both.all[0].take() == ["4.cb007109.7"]
    both.all[0].alone()
    both.fail(0, 2)
    assert both.wait(0) == 0
    both.all[0].told()
    assert both.wait(0) == TELL_SECONDS

    assert both.tell() == ["4.cb007109.9"]


def test_what_waits_to_be_told_is_bounded():
    both = Processes()
    both.all[0].alone()
    both.fail(0, 500)

    assert both.tell() == [f"4.cb007109.{MOST_COUNTED}"]
    assert both.wait(1) == 60


def test_of_a_flood_of_addresses_a_thousand_are_told_of_at_once():
    both = Processes()
    flood = addresses(MOST_TOLD + 1)
    for address in flood:
        both.fail(0, SHARE, address)
    # The others are counted here alone, and nobody is held up for them.
    assert (both.wait(0, flood[0]), both.wait(0, flood[-1])) == (TELL_SECONDS, 0)
    payloads = both.tell()

    assert [payload.count(",") + 1 for payload in payloads] == [PER_PAYLOAD] * 3 + [100]
    assert max(map(len, payloads)) < 7_900
    both.fail(0, 1, flood[-1])
    both.seconds = TELL_SECONDS
    assert both.tell() == [f"4.{int(flood[-1]):x}.{SHARE + 1}"]


def test_what_waits_is_forgotten_in_the_order_it_came():
    throttle = SharedThrottle(lambda: START, size=2)
    first, second, third = addresses(3)
    for address in (first, *[second] * SHARE, first, third):
        throttle.failed(address, 0)

    assert (throttle._untold, throttle._due) == ({source_of(first): 2, source_of(third): 1}, set())
    assert throttle.take() == []


@pytest.mark.parametrize("payload", ["", "*", "4.x.1", "4.1", "4.1.2.3", "4.1.2,"])
def test_what_another_release_tells_is_passed_over(payload):
    both = Processes()
    both.all[0].hear(payload)

    assert len(both.all[0]) == 0


@given(
    st.dictionaries(
        st.tuples(st.sampled_from([4, 6]), st.integers(0, 2**64 - 1)),
        st.integers(1, MOST_COUNTED),
        max_size=700,
    )
)
def test_what_is_told_is_what_is_heard(failures):
    payloads = packed(failures)

    assert dict(pair for payload in payloads for pair in unpacked(payload)) == failures
    assert all(len(payload) < 7_900 for payload in payloads)


def attacked(processes, seed):
    """When attempts were let in for three minutes: by all processes as often as they are asked."""
    chance, let_in = Random(seed), []
    for step in range(1_800):
        processes.seconds = step / 10
        if step % 3 == 0:
            processes.tell()
        for place in range(len(processes.all)):
            # Some ask without a pause, some now and then.
            if chance.random() < 0.1 + 0.9 * (seed % 2) and processes.wait(place) == 0:
                processes.fail(place)
                let_in.append(processes.seconds)
    return let_in


@pytest.mark.parametrize("count", [1, 2, 3, 6])
@pytest.mark.parametrize("seed", range(4))
def test_together_they_let_in_what_one_would_and_a_share_of_each_other_one(count, seed):
    let_in = attacked(Processes(count), seed)
    for first, start in enumerate(let_in):
        for last, end in enumerate(let_in[first:], first):
            most = 20 + (end - start) / 2 + (count - 1) * SHARE
            assert last - first + 1 <= most + 1e-6, (start, end)
    # And hardly fewer than one would.
    assert len(let_in) >= 100
