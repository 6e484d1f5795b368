"""Whose turn it is: who has no share for now waits aside, and whoever has least comes first."""

import math
from uuid import UUID

import pytest

from db.delivery_rows import LaneKey
from delivery.lane import Lane
from delivery.turns import STALLED_SECONDS, Turns

ONE, OTHER, THIRD = (Lane(LaneKey(UUID(int=n), UUID(int=n)), until=0) for n in (1, 2, 3))
LOADS = {ONE.key: 5, OTHER.key: 1, THIRD.key: 0}


@pytest.fixture
def clock(monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


def load(lane):
    return LOADS[lane.key]


def test_a_turn_is_one_and_keeps_its_place_in_the_row():
    turns = Turns()
    assert not turns
    for lane in (ONE, OTHER, ONE):
        turns.add(lane)
    assert turns.all() == [ONE, OTHER]

    turns.end(ONE)
    turns.end(ONE)
    assert turns.all() == [OTHER]
    assert turns


def test_who_is_stalled_has_a_turn_in_a_moment_after_those_who_have_one(clock):
    turns = Turns()
    for lane in (ONE, OTHER, THIRD):
        turns.add(lane)
    turns.stall(ONE)
    clock[0] += STALLED_SECONDS / 2
    turns.stall(OTHER)
    assert turns.all() == [THIRD]
    assert turns.again_at == 1_000 + STALLED_SECONDS

    turns.go_on(load)
    assert turns.all() == [THIRD]
    clock[0] = 1_000 + STALLED_SECONDS
    turns.go_on(load)
    assert turns.all() == [THIRD, OTHER, ONE]
    assert turns.again_at == math.inf


def test_who_gets_a_turn_meanwhile_has_one_only(clock):
    turns = Turns()
    turns.stall(ONE)
    turns.add(ONE)
    clock[0] += STALLED_SECONDS
    turns.go_on(load)

    assert turns.all() == [ONE]


def test_what_is_not_held_any_more_has_no_turn(clock):
    turns = Turns()
    turns.stall(ONE)
    turns.add(OTHER)
    for lane in (ONE, OTHER):
        turns.forget(lane.key)
    clock[0] += STALLED_SECONDS
    turns.go_on(load)

    assert turns.all() == []


def test_of_ones_own_what_is_new_comes_first_and_the_one_made_last_of_all(clock):
    lanes = [Lane(LaneKey(UUID(int=9), UUID(int=n)), until=0) for n in (2, 5, 1, 4, 3)]
    second, fifth, first, fourth, third = lanes
    for lane in (second, fourth):
        lane.sent(succeeded=False, seconds=15)
    turns = Turns()
    for lane in lanes:
        turns.stall(lane)
    clock[0] += STALLED_SECONDS
    turns.go_on(lambda _: 3)

    assert turns.all() == [fifth, third, first, second, fourth]
