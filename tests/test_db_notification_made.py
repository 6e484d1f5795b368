"""Notifications and mails: made where an organization wants them, in the event's transaction."""

import pytest

from db import notification_settings
from db.actor import OPERATOR, Origin
from db.event_type import EventType, Happened
from db.news import Kind, News
from db.notification import NotificationCategory
from db.notification_made import notify, notify_of
from tests.told import counted, quiet_key, rows

INVOICE = {
    "number": "INV-000001",
    "total": {"amount": "12.50", "currency": "EUR"},
    "customerName": None,
    "customerEmail": None,
    "paidLate": False,
}
PAID = Happened(EventType.INVOICE_PAID, "inv_1", INVOICE)
BODY = "Invoice INV-000001 over 12.50 EUR was paid. You can deliver what was ordered."
CREATED = Happened(EventType.INVOICE_CREATED, "inv_1", INVOICE)
EMAILS = ["ann@shop.test", "bo@shop.test"]


@pytest.fixture
async def owner(house):
    return (await quiet_key(house, await house.organization("acme"))).organization


async def chosen(house, owner, category, *, emails=EMAILS, **channels):
    async with house.database.transaction() as connection:
        stated = {category.value: channels}
        origin = Origin(OPERATOR, house.clock())
        await notification_settings.change(connection, owner, origin, stated, emails)


async def tell_of(house, owner, happened):
    """Tell of an event; the statements that this took, beside those of the transaction."""
    async with house.database.transaction() as connection:
        with house.counting() as statements:
            await notify_of(connection, owner, Origin(OPERATOR, house.clock()), happened)
    return statements


async def made(house, owner):
    """How many notifications and mails there are."""
    assert await counted(house, owner) == (len(await rows(house, owner, "notification")),) * 2
    return [len(await rows(house, owner, table)) for table in ("notification", "mail")]


async def test_an_event_is_told_with_one_statement_and_others_with_none(house, owner):
    other = (await quiet_key(house)).organization

    assert len(await tell_of(house, owner, PAID)) == 1
    assert await tell_of(house, owner, CREATED) == []

    [row] = await rows(house, owner, "notification")
    assert dict(row) == {
        "organization_id": owner,
        "id": row["id"],
        "created_at": row["created_at"],
        "category": "INVOICES",
        "title": "Invoice INV-000001 was paid",
        "body": BODY,
        "status": "UNREAD",
        "read_at": None,
        "subject_id": "inv_1",
    }
    assert await made(house, owner) == [1, 0]
    assert await made(house, other) == [0, 0]


@pytest.mark.parametrize(
    ("category", "mails"),
    [
        ("INVOICES", 0),
        ("PRODUCTS", 0),
        ("API_KEYS", 2),
        ("WEBHOOKS", 2),
        ("SECURITY", 2),
        ("SYSTEM", 2),
    ],
)
async def test_by_default_all_is_told_in_the_app_and_some_by_mail(house, owner, category, mails):
    told = NotificationCategory(category)
    await tell(house, owner, told)
    assert await made(house, owner) == [1, 0]

    await chosen(house, owner, NotificationCategory.SYSTEM)
    await tell(house, owner, told)

    assert await made(house, owner) == [2, mails]


async def tell(house, owner, category, title="A title", body="A body"):
    async with house.database.transaction() as connection:
        origin = Origin(OPERATOR, house.clock())
        await notify(connection, owner, origin, category, title, body, None)


@pytest.mark.parametrize(
    ("in_app", "email", "expected"),
    [(True, True, [1, 2]), (True, False, [1, 0]), (False, True, [0, 2]), (False, False, [0, 0])],
)
async def test_only_the_channels_that_were_chosen_are_used(house, owner, in_app, email, expected):
    await chosen(house, owner, NotificationCategory.INVOICES, in_app=in_app, email=email)
    await chosen(house, owner, NotificationCategory.API_KEYS, in_app=not in_app, email=not email)

    await tell_of(house, owner, PAID)

    assert await made(house, owner) == expected


async def test_a_mail_waits_for_each_address(house, owner):
    await chosen(house, owner, NotificationCategory.INVOICES, email=True)

    await tell_of(house, owner, PAID)

    mails = await rows(house, owner, "mail")
    [told] = await rows(house, owner, "notification")
    now = told["created_at"]
    assert sorted(mail["recipient"] for mail in mails) == EMAILS
    assert len({mail["id"] for mail in mails} | {told["id"]}) == 3
    for mail in mails:
        # A UUIDv7 of the same microsecond.
        assert str(mail["id"])[:19] == str(told["id"])[:19]
        rest = {name: value for name, value in mail.items() if name not in {"id", "recipient"}}
        assert rest == {
            "organization_id": owner,
            "created_at": now,
            "subject": "Invoice INV-000001 was paid",
            "body": f"{BODY}\n\nTollhouse sent this for the organization acme. What is sent by"
            " mail, and where to, is changed by updateNotificationSettings.\n",
            "status": "PENDING",
            "next_attempt_at": now,
            "attempt_count": 0,
            "completed_at": None,
            "error": None,
        }


async def test_nothing_that_was_typed_leaves_its_line(house, owner):
    await chosen(house, owner, NotificationCategory.SYSTEM)

    await tell(house, owner, NotificationCategory.SYSTEM, "A\r\nBcc: x@y.test", "B\n\n%s\x00C")

    [row] = await rows(house, owner, "notification")
    mail, _ = await rows(house, owner, "mail")
    assert (row["title"], row["body"]) == ("A Bcc: x@y.test", "B %s C")
    assert (mail["subject"], mail["body"].split("\n")[0]) == ("A Bcc: x@y.test", "B %s C")


async def test_what_is_made_is_news_after_the_commit(house, owner):
    await chosen(house, owner, NotificationCategory.INVOICES, email=True)
    kinds = (Kind.NOTIFICATION, Kind.MAIL, Kind.MAIL)
    with house.hub.listening(Kind.NOTIFICATION, owner) as app, house.hub.listening(Kind.MAIL) as m:
        await tell_of(house, owner, PAID)
        heard = [await app.next(), await m.next(), await m.next()]

    [told] = await rows(house, owner, "notification")
    mails = {row["id"] for row in await rows(house, owner, "mail")}
    assert heard == [
        News(kind, owner, news.id, news.id) for kind, news in zip(kinds, heard, strict=True)
    ]
    assert (heard[0].id, {news.id for news in heard[1:]}) == (told["id"], mails)


async def test_a_change_that_fails_tells_nothing(house, owner):
    await chosen(house, owner, NotificationCategory.INVOICES, email=True)

    async def change():
        async with house.database.transaction() as connection:
            await notify_of(connection, owner, Origin(OPERATOR, house.clock()), PAID)
            raise ZeroDivisionError

    with house.hub.listening(Kind.NOTIFICATION) as ear, pytest.raises(ZeroDivisionError):
        await change()

    assert await made(house, owner) == [0, 0]
    assert list(ear._news) == []


async def test_ids_are_in_the_order_of_time(house, owner):
    for title in "ABC":
        await tell(house, owner, NotificationCategory.SYSTEM, title)

    assert [row["title"] for row in await rows(house, owner, "notification")] == [*"ABC"]
