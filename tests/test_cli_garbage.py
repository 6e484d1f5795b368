"""Python looks for garbage seldom in a process that serves."""

import gc
import weakref

import pytest

from cli.garbage import NEW_OBJECTS, leave_out_what_lasts, look_seldom


@pytest.fixture(autouse=True)
def before():
    thresholds = gc.get_threshold()
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def test_it_waits_for_many_new_objects():
    look_seldom()
    assert gc.get_threshold()[0] == NEW_OBJECTS
    assert gc.isenabled()


def test_what_lasts_is_not_looked_through_again_and_later_garbage_is_dropped():
    class Held:
        pass

    def circle():
        one = Held()
        one.itself = one
        return weakref.ref(one)

    lasting = Held()
    leave_out_what_lasts()
    assert not any(one is lasting for one in gc.get_objects())

    later = circle()
    gc.collect()
    assert later() is None
