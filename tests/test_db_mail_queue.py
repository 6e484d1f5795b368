"""The queue of mail: who has which mail for how long, and what comes of it."""

from datetime import timedelta

import pytest

from db import mail_queue
from db.mail_queue import KEPT, LEASE, LONGEST_IN_QUEUE, OUT_OF_TIME, WAITS
from tests.house import Clock
from tests.smtp_parts import OWNER, all_mail, waiting

NOW = Clock()()
MICRO = timedelta(microseconds=1)
MANY = [f"bob{number}@x.test" for number in range(13)]


async def claimed(database, now):
    async with database.transaction() as connection:
        return await mail_queue.claim(connection, now)


async def settled(database, how, *values):
    async with database.transaction() as connection:
        return await how(connection, *values)


async def states(database, *columns):
    return [tuple(getattr(mail, name) for name in columns) for mail in await all_mail(database)]


async def test_what_is_due_is_claimed_ten_at_a_time_oldest_first(database):
    await waiting(database, NOW, *MANY)
    await waiting(database, NOW, "later@x.test", next_attempt_at=NOW + timedelta(hours=1))
    at = NOW + timedelta(seconds=1)

    assert [mail.recipient for mail in await claimed(database, at)] == MANY[:10]
    assert [mail.recipient for mail in await claimed(database, at)] == MANY[10:]
    assert await claimed(database, at) == []


async def test_a_lease_lasts_a_minute_and_counts_as_an_attempt(database):
    await waiting(database, NOW, "a@x.test")
    await claimed(database, NOW + MICRO)

    assert await claimed(database, NOW + LEASE) == []
    [mail] = await claimed(database, NOW + LEASE + MICRO)
    assert (mail.attempt_count, mail.next_attempt_at) == (2, NOW + LEASE + MICRO + LEASE)


async def test_two_at_once_claim_different_mail(database):
    await waiting(database, NOW, *MANY)
    at = NOW + timedelta(seconds=1)

    async with database.transaction() as one, database.transaction() as other:
        first = await mail_queue.claim(one, at)
        second = await mail_queue.claim(other, at)

    assert [mail.recipient for mail in first + second] == MANY


@pytest.mark.parametrize(("number", "wait"), list(enumerate(WAITS)))
async def test_each_attempt_is_followed_by_its_wait(database, number, wait):
    await waiting(database, NOW, "a@x.test", attempt_count=number)
    [mail] = await claimed(database, NOW + MICRO)

    await settled(database, mail_queue.retry, mail, NOW, "450 Busy")

    [(status, at, error)] = await states(database, "status", "next_attempt_at", "error")
    assert (status, error) == ("PENDING", "450 Busy")
    assert NOW + wait <= at <= NOW + wait * 1.1


def test_all_attempts_fit_into_the_time_in_the_queue():
    assert [wait / timedelta(minutes=1) for wait in WAITS] == [1, 5, 30, 120, 300, 600]
    assert sum(WAITS, timedelta()) * 1.1 + LEASE * len(WAITS) < LONGEST_IN_QUEUE


async def test_the_last_attempt_gives_up(database):
    await waiting(database, NOW, "a@x.test", attempt_count=len(WAITS))
    [mail] = await claimed(database, NOW + MICRO)

    await settled(database, mail_queue.retry, mail, NOW, "450 Busy")

    ends = ("status", "next_attempt_at", "completed_at", "error", "attempt_count")
    assert await states(database, *ends) == [("FAILED", None, NOW, "450 Busy", 7)]


async def test_what_was_not_tried_is_due_again(database):
    await waiting(database, NOW, "a@x.test")
    [mail] = await claimed(database, NOW + MICRO)

    await settled(database, mail_queue.put_back, mail, NOW)

    columns = ("status", "next_attempt_at", "attempt_count")
    assert await states(database, *columns) == [("PENDING", NOW, 0)]


async def test_only_who_has_it_settles_it(database):
    await waiting(database, NOW, "a@x.test")
    [before] = await claimed(database, NOW + MICRO)
    [now] = await claimed(database, NOW + LEASE + MICRO)
    held = await states(database, "status", "next_attempt_at", "attempt_count", "error")

    for how in (mail_queue.failed, mail_queue.retry):
        await settled(database, how, before, NOW, "450 Busy")
    await settled(database, mail_queue.put_back, before, NOW)

    assert held == [("PENDING", now.next_attempt_at, 2, None)]
    assert await states(database, "status", "next_attempt_at", "attempt_count", "error") == held


async def test_what_was_sent_stays_sent_whoever_says_so(database):
    await waiting(database, NOW, "a@x.test")
    [before] = await claimed(database, NOW + MICRO)
    [now] = await claimed(database, NOW + LEASE + MICRO)
    await settled(database, mail_queue.failed, now, NOW, "550 No")

    await settled(database, mail_queue.sent, before, NOW + LEASE)
    await settled(database, mail_queue.failed, now, NOW, "550 No")

    ends = ("status", "completed_at", "error")
    assert await states(database, *ends) == [("SENT", NOW + LEASE, None)]


async def test_settling_leaves_the_same_id_of_another_organization_alone(database):
    await waiting(database, NOW, "a@x.test")
    [mail] = await claimed(database, NOW + MICRO)
    other = type(OWNER)(int=8)
    await waiting(database, NOW, "b@x.test", id=mail.id, organization_id=other, attempt_count=1)
    [untouched] = await all_mail(database, other)

    for how in (mail_queue.sent, mail_queue.put_back):
        await settled(database, how, mail, NOW)
    for how in (mail_queue.failed, mail_queue.retry):
        await settled(database, how, mail, NOW, "550 No")

    assert await states(database, "id", "status") == [(mail.id, "SENT")]
    assert await all_mail(database, other) == [untouched]


async def test_what_waits_for_more_than_a_day_is_given_up(database):
    await waiting(database, NOW, "a@x.test")
    await waiting(database, NOW + MICRO, "b@x.test", error="450 Busy", attempt_count=3)
    await waiting(database, NOW + 2 * MICRO, "c@x.test")
    day = NOW + LONGEST_IN_QUEUE + 3 * MICRO

    assert await settled(database, mail_queue.prune, day) == 2
    assert await states(database, "status", "completed_at", "error") == [
        ("FAILED", day, OUT_OF_TIME),
        ("FAILED", day, "450 Busy"),
        ("PENDING", None, None),
    ]


async def test_what_ended_long_ago_is_removed(database):
    ended = {"next_attempt_at": None, "completed_at": NOW}
    await waiting(database, NOW, "a@x.test", "b@x.test", status="SENT", **ended)
    await waiting(database, NOW, "c@x.test", status="FAILED", **ended)
    await waiting(
        database, NOW, "new@x.test", status="SENT", **ended | {"completed_at": NOW + KEPT}
    )

    assert await settled(database, mail_queue.prune, NOW + KEPT) == 0
    assert await settled(database, mail_queue.prune, NOW + KEPT + MICRO) == 3
    assert await states(database, "recipient") == [("new@x.test",)]
    day = timedelta(days=1)
    assert await settled(database, mail_queue.prune, NOW + KEPT + MICRO + day, day) == 1


async def test_many_are_pruned_a_thousand_at_a_time(database):
    ended = {"next_attempt_at": None, "completed_at": NOW, "status": "SENT"}
    await waiting(database, NOW, *["a@x.test"] * 1001, **ended)

    async def pruned():
        return await settled(database, mail_queue.prune, NOW + KEPT + MICRO)

    assert [await pruned() for _ in range(3)] == [1000, 1, 0]
