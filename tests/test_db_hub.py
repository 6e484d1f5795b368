"""What happened reaches whoever listens, and whoever may have missed something is told so."""

import asyncio
from uuid import UUID

import pytest

from db.errors import Unavailable
from db.hub import MOST_OUTGOING, MOST_WAITING, Hub
from db.news import EVERYTHING, Kind, News, packed

OWNER, OTHER, ROW, ABOUT = (UUID(int=number) for number in (1, 2, 3, 4))
MISSED = "^Some events were missed; read the list, and subscribe again.$"


def news(number=0, kind=Kind.DELIVERY, owner=OWNER):
    return News(kind, owner, UUID(int=number), ABOUT)


async def heard(ear):
    """All that waits for the ear, in its order."""
    found = []
    while True:
        waiting = asyncio.create_task(ear.next())
        await asyncio.sleep(0)
        if not waiting.done():
            waiting.cancel()
            return found
        found.append(waiting.result())


async def test_news_reach_those_who_listen_for_them_and_nobody_else():
    hub = Hub()
    with (
        hub.listening(Kind.DELIVERY, OWNER) as one,
        hub.listening(Kind.DELIVERY) as everybody,
        hub.listening(Kind.DELIVERY, OTHER) as other,
        hub.listening(Kind.MAIL, OWNER) as mail,
    ):
        hub.tell([news(1), news(2), news(3, owner=OTHER)])

        assert await heard(one) == [news(1), news(2)]
        assert await heard(everybody) == [news(1), news(2), news(3, owner=OTHER)]
        assert await heard(other) == [news(3, owner=OTHER)]
        assert await heard(mail) == []


async def test_who_waits_is_woken():
    hub = Hub()
    with hub.listening(Kind.DELIVERY, OWNER) as ear:
        waiting = asyncio.create_task(ear.next())
        await asyncio.sleep(0)
        hub.tell([news(1)])

        assert await waiting == news(1)


async def test_two_listeners_hear_the_same_and_one_that_left_hears_nothing():
    hub = Hub()
    with hub.listening(Kind.MAIL, OWNER) as first:
        with hub.listening(Kind.MAIL, OWNER) as second:
            hub.tell([news(1, Kind.MAIL)])
        hub.tell([news(2, Kind.MAIL)])

        assert await heard(first) == [news(1, Kind.MAIL), news(2, Kind.MAIL)]
        assert await heard(second) == [news(1, Kind.MAIL)]


def test_nobody_listening_is_kept_in_mind():
    hub = Hub()
    for number in range(10):
        with hub.listening(Kind.DELIVERY, UUID(int=number)):
            pass

    assert hub._ears == {}


async def test_a_slow_listener_is_told_once_that_it_missed_something():
    hub = Hub()
    with hub.listening(Kind.DELIVERY, OWNER) as ear:
        hub.tell(map(news, range(MOST_WAITING + 5)))

        with pytest.raises(Unavailable, match=MISSED):
            await ear.next()
        assert await heard(ear) == [news(number) for number in range(MOST_WAITING)]


async def test_a_gap_is_told_to_all_even_while_they_wait():
    hub = Hub()
    with hub.listening(Kind.DELIVERY, OWNER) as one, hub.listening(Kind.MAIL) as other:
        waiting = asyncio.create_task(one.next())
        await asyncio.sleep(0)
        hub.miss()

        for gap in (waiting, other.next()):
            with pytest.raises(Unavailable, match=MISSED):
                await gap
        assert await heard(one) == []


async def test_what_others_told_is_heard_and_not_told_again():
    hub = Hub()
    with hub.listening(Kind.DELIVERY, OWNER) as ear:
        [payload] = packed([news(1), news(2)])
        hub.hear(payload)

        assert await heard(ear) == [news(1), news(2)]
    assert not hub.outgoing.is_set()
    assert hub.take() == []


@pytest.mark.parametrize("payload", [EVERYTHING, "z" * 65, "too short", "d" + "!" * 64])
async def test_what_can_not_be_read_was_missed(payload):
    hub = Hub()
    with hub.listening(Kind.DELIVERY, OWNER) as ear:
        hub.hear(payload)

        with pytest.raises(Unavailable, match=MISSED):
            await ear.next()


def test_what_is_told_goes_out_once_and_together():
    hub = Hub()
    assert not hub.outgoing.is_set()
    hub.tell([news(1), news(2)])
    hub.tell([news(1)])

    assert hub.outgoing.is_set()
    assert hub.take() == packed([news(1), news(2)])
    assert not hub.outgoing.is_set()
    assert hub.take() == []


def test_nothing_told_wakes_nobody():
    hub = Hub()
    hub.tell([])

    assert not hub.outgoing.is_set()


def test_too_much_for_others_becomes_one_word():
    hub = Hub()
    hub.tell(map(news, range(MOST_OUTGOING + 1)))
    hub.tell([news(1)])

    assert hub.take() == [EVERYTHING]
    assert hub.take() == []


def test_what_could_not_be_told_is_missed_by_all_others():
    hub = Hub()
    hub.tell([news(1)])
    hub.take()
    hub.put_back()

    assert hub.outgoing.is_set()
    assert hub.take() == [EVERYTHING]
