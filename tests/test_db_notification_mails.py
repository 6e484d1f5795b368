"""No organization fills the queue of mail, which it shares with all others."""

import pytest

from db import ids, notification_settings
from db.actor import OPERATOR, Origin
from db.notification import NotificationCategory
from db.notification_made import MOST_MAILS
from tests.told import quiet_key, rows, tell

SYSTEM, SECURITY = NotificationCategory.SYSTEM, NotificationCategory.SECURITY
EMAILS = ["ann@shop.test", "bo@shop.test"]


async def owner_of_a_mailbox(house):
    owner = (await quiet_key(house)).organization
    async with house.database.transaction() as connection:
        origin = Origin(OPERATOR, house.clock())
        await notification_settings.change(connection, owner, origin, {}, EMAILS)
    return owner


@pytest.fixture
async def flooding(house):
    """An organization that has been sent nearly as many mails as it may be."""
    owner = await owner_of_a_mailbox(house)
    now = house.clock()
    made = [(owner, ids.new_uuid(now), now) for _ in range(MOST_MAILS - 1)]
    async with house.database.transaction() as connection:
        await connection.executemany(
            "INSERT INTO mail (organization_id, id, created_at, recipient, subject, body, status,"
            " next_attempt_at, attempt_count)"
            " VALUES ($1, $2, $3, 'ann@shop.test', 'One', 'Of many', 'PENDING', $3, 0)",
            made,
        )
    return owner


async def mailed(house, owner, *titles, category=SYSTEM):
    """To how many addresses each was sent; all of them are shown in the application."""
    before = len(await rows(house, owner, "notification"))
    told = await tell(house, owner, *titles, category=category)
    assert len(told) == before + len(titles)
    subjects = [mail["subject"] for mail in await rows(house, owner, "mail")]
    return [subjects.count(title) for title in titles]


async def test_beyond_so_many_mails_an_hour_it_is_told_in_the_app_alone(house, flooding):
    assert await mailed(house, flooding, "Last", "Beyond", "Further") == [2, 0, 0]

    house.clock.advance(hours=1)

    assert await mailed(house, flooding, "Later") == [2]


async def test_what_security_tells_of_is_hidden_by_no_flood(house, flooding):
    assert await mailed(house, flooding, "Last", "Beyond") == [2, 0]

    assert await mailed(house, flooding, "Refused", category=SECURITY) == [2]


async def test_others_are_sent_theirs(house, flooding):
    other = await owner_of_a_mailbox(house)

    assert await mailed(house, flooding, "Last", "Beyond") == [2, 0]
    assert await mailed(house, other, "Theirs") == [2]
