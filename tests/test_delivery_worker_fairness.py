"""No endpoint starves another, and none is met by more than it has shown it can take."""

import asyncio

import pytest

from delivery.sender import Sender
from tests.delivery_parts import deliveries, happen, settled, until, webhook, working
from tests.receiver import LOOPBACK, hang, receiving, status


@pytest.fixture
def brief(monkeypatch):
    """What hangs isn't waited for at the end."""
    monkeypatch.setattr("delivery.worker.DRAIN_SECONDS", 0.05)


@pytest.mark.usefixtures("brief")
async def test_one_that_hangs_with_a_thousand_due_delays_no_other(house):
    owner, other = await house.organization(), await house.organization()
    async with receiving() as hung, receiving() as receiver:
        hung.reply = hang
        await webhook(house, owner, hung.url)
        await happen(house, owner, 1_000)
        for place in (owner, other):
            await webhook(house, place, receiver.url, event_types=["product.created"])
        async with working(house, most=4):
            await until(lambda: hung.received)
            for count, place in enumerate((owner, other), 1):
                await happen(house, place)
                await until(lambda wanted=count: len(receiver.received) == wanted)

            # The first that hung hangs still.
            assert len(hung.received) == hung.most_running == 1


async def test_an_endpoint_is_sent_to_slowly_at_first_and_never_too_widely(house):
    owner = await house.organization()
    widths = []

    async def slow(request):
        widths.append(receiver.running)
        await asyncio.sleep(0.02)
        return await status(204)(request)

    async with receiving() as receiver:
        receiver.reply = slow
        await webhook(house, owner, receiver.url)
        await happen(house, owner, 700)
        async with working(house):
            await settled(house, owner, 700, seconds=30)

    assert widths[0] == 1
    assert max(widths[:4]) <= 4
    assert 16 < receiver.most_running <= 32
    assert len(receiver.received) == 700


async def test_one_that_fails_is_sent_to_one_by_one_again(house):
    owner = await house.organization()
    failing = asyncio.Event()
    widths = []

    async def answer(request):
        await asyncio.sleep(0.01)
        if failing.is_set():
            widths.append(receiver.running)
        return await status(500 if failing.is_set() else 204)(request)

    async with receiving() as receiver:
        receiver.reply = answer
        await webhook(house, owner, receiver.url)
        await happen(house, owner, 500)
        async with working(house):
            await until(lambda: receiver.most_running >= 16)
            failing.set()
            await until(lambda: len(widths) >= 70)

    assert max(widths[-10:]) == 1


async def test_a_place_is_free_again_after_each_delivery(house):
    owner = await house.organization()
    async with receiving() as receiver:
        for _ in range(10):
            await webhook(house, owner, receiver.url)
        await happen(house, owner, 20)
        async with working(house, most=2) as worker:
            await settled(house, owner, 200)
            places = worker._lanes._places

            assert (places.free, places._quick, places._shares._all.taken) == (2, 2, {})
    assert receiver.most_running <= 2


@pytest.mark.usefixtures("brief")
async def test_no_organization_has_more_than_half_of_the_places(house):
    owner, other = await house.organization(), await house.organization()
    async with receiving() as hung, receiving() as receiver:
        hung.reply = hang
        for _ in range(8):
            await webhook(house, owner, hung.url)
        await webhook(house, other, receiver.url)
        await happen(house, owner)
        async with working(house, most=8):
            await until(lambda: hung.running == 4)
            await happen(house, other, 5)
            await settled(house, other, 5, seconds=1)

            assert hung.running == hung.most_running == 4


async def test_more_lanes_than_can_be_held_are_all_served(house):
    owner = await house.organization()
    async with receiving() as receiver:
        for _ in range(12):
            await webhook(house, owner, receiver.url)
        await happen(house, owner, 3)
        async with working(house, Sender(LOOPBACK, house.clock), most=1):
            await settled(house, owner, 36, seconds=20)

    assert len(receiver.received) == 36
    assert {row["status"] for row in await deliveries(house, owner)} == {"DELIVERED"}
