"""Columns that have to be awaited: nothing is left behind, whatever goes wrong."""

import asyncio

import pytest

from execution.compiled import columns
from execution.compiled.columns import joined, mapped, settled
from execution.compiled.core import HELPERS


async def test_a_fault_of_ours_ends_the_run_once_all_else_has_ended():
    ended = []

    async def fails():
        raise ZeroDivisionError

    async def takes_longer():
        await asyncio.sleep(0)
        ended.append("longer")
        return [1]

    with pytest.raises(ZeroDivisionError):
        await joined([fails(), [0], takes_longer()], list)
    assert ended == ["longer"]


async def test_being_cancelled_is_no_value():
    async def cancelled():
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await settled([cancelled(), asyncio.sleep(0)])


async def test_what_is_begun_and_not_waited_for_does_not_go_on():
    future, coroutine = asyncio.get_running_loop().create_future(), asyncio.sleep(0)

    HELPERS.track([future, coroutine])

    assert not future.done()
    with pytest.raises(RuntimeError):
        await coroutine


@pytest.mark.parametrize("piece", [2, 1_000])
def test_each_value_is_asked_once_whatever_it_raises(piece, monkeypatch):
    monkeypatch.setattr(columns, "PIECE", piece)
    asked = []

    def halved(number):
        asked.append(number)
        if number == 3:
            raise StopIteration
        return 12 // number

    column = mapped(halved, [1, 0, 0, 3, 4, 6, 3])
    assert [type(value) if isinstance(value, Exception) else value for value in column] == [
        12,
        ZeroDivisionError,
        ZeroDivisionError,
        StopIteration,
        3,
        2,
        StopIteration,
    ]
    assert asked == [1, 0, 0, 3, 4, 6, 3]
