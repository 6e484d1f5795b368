"""What waits for nothing is there at once; the rest is any task's, cancellations included."""

import asyncio

import pytest

from execution.begun import Rest, begun


async def test_what_waits_for_nothing_is_there():
    async def work():
        return 3

    assert begun(work()) == 3


async def test_what_goes_wrong_at_once_is_raised_at_once():
    async def work():
        raise KeyError("wrong")

    with pytest.raises(KeyError):
        begun(work())


async def test_the_rest_is_awaited_and_begins_before():
    steps, open_ = [], asyncio.Event()

    async def work():
        steps.append("begun")
        await open_.wait()
        await asyncio.sleep(0)
        steps.append("done")
        return 5

    rest = begun(work())
    assert isinstance(rest, Rest)
    assert steps == ["begun"]
    open_.set()
    assert await rest == 5
    assert steps == ["begun", "done"]


async def test_what_was_waited_for_may_fail():
    future = asyncio.get_running_loop().create_future()

    async def work():
        try:
            await future
        except KeyError:
            raise ValueError("so it failed") from None

    rest = begun(work())
    future.set_exception(KeyError("wrong"))
    with pytest.raises(ValueError, match="so it failed"):
        await rest


async def test_a_cancellation_is_the_works():
    steps = []

    async def work():
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("ended")
            await asyncio.sleep(0)
            steps.append("cleaned up")

    async def awaiting(rest):
        await rest

    task = asyncio.create_task(awaiting(begun(work())))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == ["ended", "cleaned up"]


async def test_time_limits_hold_once_it_has_waited():
    async def work():
        await asyncio.sleep(0)
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await begun(work())


async def test_others_may_wait_for_the_same_meanwhile():
    future = asyncio.get_running_loop().create_future()

    async def work():
        return await future

    async def awaiting(rest):
        return await rest

    other = asyncio.create_task(work())
    rests = [begun(work()), begun(work())]
    await asyncio.sleep(0)
    tasks = [asyncio.create_task(awaiting(rest)) for rest in rests]
    await asyncio.sleep(0)
    future.set_result(7)
    assert await asyncio.gather(other, *tasks) == [7, 7, 7]


async def test_it_can_be_gone_on_with_step_by_step():
    future, other = (asyncio.get_running_loop().create_future() for _ in range(2))

    async def work():
        return await future + await other

    rest = begun(work())
    assert rest.waits_for is future
    future.set_result(1)
    assert rest.go_on() is rest
    assert rest.waits_for is other
    other.set_result(2)
    assert rest.go_on() == 3


async def test_what_goes_wrong_on_the_way_is_raised():
    future = asyncio.get_running_loop().create_future()

    async def work():
        await future

    rest = begun(work())
    future.set_exception(KeyError("wrong"))
    with pytest.raises(KeyError):
        rest.go_on()


@pytest.fixture(params=["gone on with", "awaited"])
def ended(request):
    """What becomes of a rest, step by step or in a task."""

    async def end(rest):
        return await rest if request.param == "awaited" else rest.go_on()

    return end


async def test_ends_make_something_of_what_it_comes_to(ended):
    future = asyncio.get_running_loop().create_future()

    async def work():
        return await future

    rest = begun(work()).then(lambda found: found + 1).then(str)
    future.set_result(1)
    assert await ended(rest) == "2"


async def test_ends_make_something_of_what_is_raised(ended):
    future = asyncio.get_running_loop().create_future()

    async def work():
        await future

    def wrong(error):
        raise ValueError(repr(error))

    rest = begun(work()).then(wrong).then(repr).then(len)
    future.set_exception(KeyError("wrong"))
    assert await ended(rest) == len(repr(ValueError("KeyError('wrong')")))


async def test_what_an_end_raises_last_is_raised(ended):
    future = asyncio.get_running_loop().create_future()

    async def work():
        return await future

    rest = begun(work()).then(int)
    future.set_result("none")
    with pytest.raises(ValueError, match="none"):
        await ended(rest)
