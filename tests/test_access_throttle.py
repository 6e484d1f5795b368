"""How failing callers are slowed."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.throttle import Throttle

HERE = ip_address("203.0.113.9")
THERE = ip_address("198.51.100.1")


def fail(throttle, address, times, now=0.0):
    for _ in range(times):
        throttle.failed(address, now)


def test_a_burst_may_fail_then_one_in_two_seconds():
    throttle = Throttle()
    fail(throttle, HERE, 19)
    assert throttle.wait_seconds(HERE, 0) == 0
    fail(throttle, HERE, 1)
    assert throttle.wait_seconds(HERE, 0) == 2
    assert throttle.wait_seconds(HERE, 1.5) == 0.5
    assert throttle.wait_seconds(HERE, 2) == 0
    fail(throttle, HERE, 1, now=2)
    assert throttle.wait_seconds(HERE, 2) == 2


def test_a_bucket_fills_up_to_the_burst_and_no_further():
    throttle = Throttle(burst=3, per_second=1)
    fail(throttle, HERE, 3)
    assert throttle.wait_seconds(HERE, 0) == 1
    fail(throttle, HERE, 3, now=1000)
    assert throttle.wait_seconds(HERE, 1000) == 1


def test_asking_takes_and_remembers_nothing():
    throttle = Throttle(burst=1)
    assert [throttle.wait_seconds(HERE, 0) for _ in range(5)] == [0] * 5
    assert len(throttle) == 0


def test_addresses_are_apart():
    throttle = Throttle(burst=1)
    fail(throttle, HERE, 1)
    assert throttle.wait_seconds(HERE, 0) == 2
    assert throttle.wait_seconds(THERE, 0) == 0
    assert throttle.wait_seconds(None, 0) == 0


def test_an_ipv6_network_of_64_bits_is_one_source():
    throttle = Throttle(burst=1)
    fail(throttle, ip_address("2001:db8::1"), 1)
    assert throttle.wait_seconds(ip_address("2001:db8::ffff:0:0:1"), 0) == 2
    assert throttle.wait_seconds(ip_address("2001:db8:0:1::1"), 0) == 0


def test_an_ipv6_network_is_not_the_ipv4_address_of_the_same_number():
    throttle = Throttle(burst=1)
    fail(throttle, ip_address(5), 1)
    assert throttle.wait_seconds(ip_address("0:0:0:5::"), 0) == 0


def test_unknown_addresses_share_one_bucket():
    throttle = Throttle(burst=1)
    fail(throttle, None, 1)
    assert throttle.wait_seconds(None, 0) == 2
    assert len(throttle) == 1


def test_attempts_under_way_at_once_count_up_to_a_minute():
    throttle = Throttle(burst=5)
    fail(throttle, HERE, 10)
    assert throttle.wait_seconds(HERE, 0) == 12
    fail(throttle, HERE, 1000)
    assert throttle.wait_seconds(HERE, 0) == 60


def test_the_table_is_bounded():
    throttle = Throttle(size=100)
    for number in range(1000):
        throttle.failed(ip_address(number), number / 1000)
        assert len(throttle) <= 100


@pytest.mark.parametrize("size", [1, 5])
def test_a_small_table_forgets_one_at_a_time(size):
    throttle = Throttle(size=size)
    for number in range(20):
        throttle.failed(ip_address(number), 0)
    assert len(throttle) == size


def test_a_known_source_pushes_nobody_out():
    throttle = Throttle(burst=1, size=2)
    fail(throttle, HERE, 1)
    fail(throttle, THERE, 3)
    assert throttle.wait_seconds(HERE, 0) == 2


def test_a_flood_of_new_sources_flushes_no_empty_bucket():
    throttle = Throttle(size=100)
    fail(throttle, HERE, 20)
    for number in range(10_000):
        throttle.failed(ip_address(f"2001:db8:{number:x}::"), 1)
    assert throttle.wait_seconds(HERE, 1) == 1


def test_full_buckets_are_forgotten_first():
    throttle = Throttle(burst=10, per_second=1, size=10)
    for number in range(9):
        throttle.failed(ip_address(number), 100)
    fail(throttle, HERE, 10, now=0)
    throttle.failed(THERE, 100)
    assert throttle._full_at.keys().isdisjoint({(4, int(HERE))})
    assert len(throttle) == 10


@given(st.lists(st.floats(0, 5), max_size=80))
def test_whoever_waits_never_fails_faster_than_promised(pauses):
    """Within any time there are at most `burst` failures and one more for each two seconds."""
    throttle, now, failures = Throttle(burst=4), 0.0, []
    for pause in pauses:
        now += pause
        now += throttle.wait_seconds(HERE, now)
        throttle.failed(HERE, now)
        failures.append(now)
    for first, start in enumerate(failures):
        for last, end in enumerate(failures[first:], first):
            assert last - first + 1 <= 4 + (end - start) / 2 + 1e-6


def test_a_clock_that_is_set_back_shuts_nobody_out():
    throttle = Throttle(burst=1, per_second=1)
    throttle.failed(None, 7200.0)
    throttle.failed(None, 7200.0)

    assert throttle.wait_seconds(None, 7200.0) == 2.0
    assert throttle.wait_seconds(None, 3600.0) == 0.0
