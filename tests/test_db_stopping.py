"""Loops end when they are asked to, even where the asking got lost on the way."""

import asyncio

import pytest

from db.stopping import must_go_on


async def test_a_task_that_was_not_asked_to_end_goes_on():
    await asyncio.sleep(0)

    must_go_on()


async def test_a_task_whose_cancellation_got_lost_ends_all_the_same():
    rounds = 0

    async def loop():
        nonlocal rounds
        while True:
            must_go_on()
            rounds += 1
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                # As wait_for of Python 3.11 does it where what it waits for ends in that instant.
                continue

    task = asyncio.create_task(loop())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert rounds == 1


def test_outside_of_a_task_there_is_nothing_to_end():
    asyncio.run(_called_back())


async def _called_back():
    done = asyncio.Event()

    def go_on():
        must_go_on()
        done.set()

    asyncio.get_running_loop().call_soon(go_on)
    await done.wait()
