"""However many endpoints hang, and whoever's they are, a newcomer is sent to within a second."""

import asyncio

import pytest

from delivery.pace import Pace
from delivery.sender import Sender
from tests.delivery_parts import happen, later, until, webhook, working
from tests.receiver import LOOPBACK, hang, receiving, status


@pytest.fixture(autouse=True)
def brief(monkeypatch):
    """What hangs isn't waited for at the end."""
    monkeypatch.setattr("delivery.worker.DRAIN_SECONDS", 0.05)


@pytest.fixture
def sooner(monkeypatch):
    """What hangs is known as slow sooner."""
    for name in ("pace.SLOW_SECONDS", "places.SLOW_SECONDS", "places.NEW_SECONDS"):
        monkeypatch.setattr(f"delivery.{name}", 0.2)


async def hanging(house, hung, organizations, webhooks, times=1):
    """So many organizations, each with so many endpoints that hang, and something for each."""
    for _ in range(organizations):
        owner = await house.organization()
        for number in range(webhooks):
            await webhook(house, owner, f"{hung.url}/{number}")
        await happen(house, owner, times)


async def newcomers(house, receiver, hung, count=3):
    """How many others each of some organizations waits for that nobody has sent to before."""
    waited = []
    for number in range(1, count + 1):
        await webhook(house, owner := await house.organization(), receiver.url)
        begun = len(hung.received)
        await happen(house, owner)
        await until(lambda wanted=number: len(receiver.received) == wanted)
        waited.append(len(hung.received) - begun)
    return waited


@pytest.mark.parametrize(("organizations", "webhooks"), [(2, 60), (12, 10)])
async def test_one_that_comes_after_many_that_hang_for_the_first_time_waits_for_none(
    house, organizations, webhooks
):
    async with receiving() as hung, receiving() as receiver:
        hung.reply = hang
        await hanging(house, hung, organizations, webhooks)
        async with working(house, most=100) as worker:
            # Nothing of it ends meanwhile: the sender waits for 15 seconds.
            await until(lambda: hung.running >= 30)
            await newcomers(house, receiver, hung)
            assert hung.running == hung.most_running == len(hung.received) < 90
            assert worker._lanes._places.free >= 10


@pytest.mark.usefixtures("sooner")
async def test_those_that_have_hung_before_never_have_more_than_half_of_the_places(house):
    async def late(request):
        """Answer when nobody waits for it any more; only then is it not running."""
        await asyncio.sleep(0.5)
        return await status(204)(request)

    async with receiving() as hung, receiving() as receiver:
        hung.reply = late
        await hanging(house, hung, 3, 20)
        sender = Sender(LOOPBACK, house.clock, timeout_seconds=0.4)
        async with working(house, sender, most=40) as worker:
            await until(lambda: len(hung.received) == 60, seconds=20)
            await until(lambda: hung.running == 0)
            places = worker._lanes._places
            assert {lane.pace for lane in worker._lanes._held.all()} <= {Pace.SLOW}

            free = []

            def all_were_tried_again():
                free.append(places.free)
                return len(hung.received) == 120

            await later(house, seconds=10)
            await until(lambda: places.free <= 24)
            assert max(await newcomers(house, receiver, hung)) < 30
            await until(all_were_tried_again, seconds=20)
            assert 20 <= min(free) <= 24
            await until(lambda: places.free == 40)
            assert (places._quick, places._shares._slow.free) == (40, 20)


@pytest.mark.usefixtures("sooner")
async def test_more_that_hang_than_can_be_held_leave_lanes_to_others_and_take_turns(house):
    async with receiving() as hung, receiving() as receiver:
        hung.reply = hang
        await hanging(house, hung, 2, 20, times=3)
        sender = Sender(LOOPBACK, house.clock, timeout_seconds=0.3)
        async with working(house, sender, most=4) as worker:
            await until(lambda: hung.running >= 2)
            assert max(await newcomers(house, receiver, hung)) < 60
            assert len(worker._lanes._held.all()) < 16

            def served():
                return len({(one.path, one.headers["webhook-id"]) for one in hung.received})

            # Each has its turn, though two or three at a time have a place.
            await until(lambda: served() >= 40, seconds=40)
