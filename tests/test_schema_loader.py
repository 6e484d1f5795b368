"""One request's loads: together in one tick, each id once, and nobody waits for ever."""

import asyncio
from uuid import UUID

import pytest

from schema import loader
from schema.loader import Loader, at_once, different

ONE, TWO, THREE, NONE = (UUID(int=number) for number in (1, 2, 3, 9))


class Finder:
    """Finds a text for all ids but one, and notes what it was asked for."""

    def __init__(self):
        self.asked, self.cancelled, self.error = [], 0, None
        self.gate = asyncio.Event()
        self.gate.set()
        self.loader = Loader(self)

    async def __call__(self, ids):
        self.asked.append(list(ids))
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error:
            raise self.error
        return {id: f"row {id.int}" for id in ids if id != NONE}


@pytest.fixture
async def finder():
    return Finder()


async def test_what_is_asked_for_in_one_tick_is_one_call(finder):
    load = finder.loader.load

    assert await asyncio.gather(load([ONE, TWO]), load([TWO, NONE]), load([])) == [
        ["row 1", "row 2"],
        ["row 2", None],
        [],
    ]
    assert finder.asked == [[ONE, TWO, NONE]]


async def test_what_was_found_is_not_asked_for_again(finder):
    await finder.loader.load([ONE, NONE])

    assert await finder.loader.load([NONE, TWO, ONE]) == [None, "row 2", "row 1"]
    assert finder.asked == [[ONE, NONE], [TWO]]


async def test_ids_under_way_and_new_ones_are_waited_for_alike(finder):
    finder.gate.clear()
    first = asyncio.create_task(finder.loader.load([ONE]))
    while not finder.asked:
        await asyncio.sleep(0)
    second = asyncio.create_task(finder.loader.load([TWO, ONE]))
    while len(finder.asked) < 2:
        await asyncio.sleep(0)
    finder.gate.set()

    assert (await first, await second) == (["row 1"], ["row 2", "row 1"])
    assert finder.asked == [[ONE], [TWO]]


async def test_a_call_takes_so_many_ids_at_most(finder, monkeypatch):
    monkeypatch.setattr(loader, "MOST", 2)

    assert await finder.loader.load([ONE, TWO, THREE]) == ["row 1", "row 2", "row 3"]
    assert finder.asked == [[ONE, TWO], [THREE]]


async def test_a_failure_stands_for_each_id_of_its_call(finder):
    finder.error = ValueError("away")

    assert await finder.loader.load([ONE, TWO]) == [finder.error, finder.error]


async def test_one_who_leaves_takes_nothing_from_the_others(finder):
    finder.gate.clear()
    leaving, staying = (asyncio.create_task(finder.loader.load([ONE])) for _ in range(2))
    while not finder.asked:
        await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.sleep(0)
    finder.gate.set()

    assert await staying == ["row 1"]
    with pytest.raises(asyncio.CancelledError):
        await leaving


async def test_where_all_have_left_the_call_ends_and_the_next_begins_anew(finder):
    finder.gate.clear()
    leaving = asyncio.create_task(finder.loader.load([ONE]))
    while not finder.asked:
        await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    finder.gate.set()

    assert await finder.loader.load([ONE]) == ["row 1"]
    assert (finder.asked, finder.cancelled) == ([[ONE], [ONE]], 1)


async def test_where_all_have_left_before_it_began_there_is_no_call(finder):
    leaving = asyncio.create_task(finder.loader.load([ONE]))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.wait([leaving])
    await asyncio.sleep(0)

    assert finder.asked == []
    assert await finder.loader.load([ONE, TWO]) == ["row 1", "row 2"]


async def test_who_is_alone_asks_once_for_each_id(finder):
    assert await at_once(finder, [ONE, NONE, ONE]) == ["row 1", None, "row 1"]
    assert finder.asked == [[ONE, NONE]]


async def test_who_is_alone_asks_nobody_for_nothing(finder):
    assert await at_once(finder, []) == []
    assert finder.asked == []


async def test_a_failure_stands_for_each_id_of_who_is_alone(finder):
    finder.error = OSError()
    assert await at_once(finder, [ONE, TWO]) == [finder.error, finder.error]


def test_ids_that_are_all_different_are_asked_for_as_they_are():
    once, twice = [UUID(int=2), UUID(int=1)], [UUID(int=2), UUID(int=1), UUID(int=2)]
    assert different(once) is once
    assert different(twice) == once
