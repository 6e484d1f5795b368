"""Who waits for too long is told so in time, and nobody else."""

import asyncio

import pytest

from db.deadlines import Deadlines

SOON, LATER, NEVER = 0.01, 0.03, 3600


@pytest.fixture
def deadlines():
    return Deadlines()


@pytest.fixture
def waiting(deadlines):
    """Begin to wait for so many seconds."""

    def wait(seconds):
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        deadlines.add(loop.time() + seconds, future)
        return future

    return wait


async def ends(future):
    await asyncio.wait([future])
    assert isinstance(future.exception(), TimeoutError)


async def test_each_ends_in_time_whenever_others_began(waiting):
    for seconds in ((SOON, LATER, NEVER), (NEVER, LATER, SOON), (NEVER, SOON, LATER)):
        of = {each: waiting(each) for each in seconds}
        await ends(of[SOON])
        assert not of[LATER].done()
        await ends(of[LATER])
        assert not of[NEVER].done()
        of[NEVER].cancel()


async def test_nobody_is_told_whose_wait_is_over(deadlines, waiting):
    done, gone, last = waiting(SOON), waiting(SOON), waiting(LATER)
    done.set_result("here")
    gone.cancel()
    await ends(last)

    assert done.result() == "here"
    assert gone.cancelled()
    assert not deadlines._rows
    assert deadlines._timer is None


async def test_what_is_done_makes_room(deadlines, waiting):
    for _ in range(100):
        waiting(NEVER).set_result(None)

    assert len(deadlines._rows) == 1
    assert deadlines._timer is not None
    deadlines._timer.cancel()


async def test_one_timer_is_for_all_and_goes_on(deadlines, waiting):
    first, second = waiting(SOON), waiting(LATER)
    timer = deadlines._timer
    assert timer is not None
    await ends(first)
    assert deadlines._timer is not timer
    await ends(second)


async def test_who_is_done_just_as_the_time_is_over_stays_as_they_are(deadlines, waiting):
    done, left = waiting(SOON), waiting(NEVER)
    done.set_result("here")
    deadlines._look()

    assert (done.result(), left.done()) == ("here", False)
    assert len(deadlines._rows) == 1
    deadlines._look_at(asyncio.get_running_loop().time() + NEVER)
    deadlines._timer.cancel()
