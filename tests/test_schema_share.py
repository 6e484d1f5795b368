"""How many connections one request may hold: in the order of asking, and never lost."""

import asyncio

import pytest

from schema.share import SHARE, Share


def asking(share):
    return asyncio.create_task(share.take())


async def taken():
    share = Share()
    for _ in range(SHARE):
        assert share.take_now()
    return share


async def test_there_is_room_for_a_few():
    share = await taken()
    assert not share.take_now()
    share.give_back()

    await share.take()
    assert not share.take_now()


async def test_who_waits_first_is_first_and_nobody_comes_between():
    share = await taken()
    first, second = asking(share), asking(share)
    await asyncio.sleep(0)
    share.give_back()

    assert not share.take_now()
    await first
    assert not second.done()
    share.give_back()
    await second


async def test_who_gave_up_is_passed_over():
    share = await taken()
    gone, second = asking(share), asking(share)
    await asyncio.sleep(0)
    gone.cancel()
    share.give_back()

    await second
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert not share.take_now()


async def test_what_came_for_somebody_who_is_gone_is_the_next_ones():
    share = await taken()
    gone, second = asking(share), asking(share)
    await asyncio.sleep(0)
    share.give_back()
    gone.cancel()

    await second
    with pytest.raises(asyncio.CancelledError):
        await gone


async def test_nothing_is_lost_where_the_last_one_gives_up():
    share = await taken()
    gone = asking(share)
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    share.give_back()

    assert share.take_now()
