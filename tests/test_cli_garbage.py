"""Python looks for garbage seldom in a process that serves."""

import gc

import pytest

from cli.garbage import NEW_OBJECTS, look_seldom


@pytest.fixture(autouse=True)
def before():
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)


def test_it_waits_for_many_new_objects():
    look_seldom()
    assert gc.get_threshold()[0] == NEW_OBJECTS
    assert gc.isenabled()
