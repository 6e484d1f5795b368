"""Whom news reaches: an organization's own clients, on every process, once it is true."""

import asyncio
from contextlib import asynccontextmanager, suppress

from access.cache import KeyCache
from db import ids
from db.actor import OPERATOR, Origin
from db.database import Database
from db.hub import Hub
from db.listener import Listener
from db.news import Kind, News
from db.notification import NotificationCategory
from db.notification_made import notify
from tests.furnished import webhook_furnished
from tests.socket_parts import connected, until
from tests.told_parts import ADDED, UPDATED, data, delivered, notified


async def test_nobody_is_told_of_another_organizations(house):
    key, stranger = await house.key(), await house.key()
    webhook, _, _ = await webhook_furnished(house, key.organization)
    async with connected(house, key) as client, connected(house, stranger) as other:
        for each in (client, other):
            await each.subscribe("n", ADDED)
            await each.subscribe("d", UPDATED)
            await each.subscribe("w", UPDATED, webhookId=webhook)
            await each.settled()
        await notified(house.database, key.organization, house.clock())
        await delivered(house, key, webhook)
        assert {message["id"] for message in await client.received(3)} == {"n", "d", "w"}
        await other.settled()
        # Even news that names another's row finds nothing.
        row = (await house.ask(key, "{ notifications { nodes { id } } }")).data
        id = ids.parsed("ntf", row["notifications"]["nodes"][0]["id"])
        house.hub.tell([News(Kind.NOTIFICATION, stranger.organization, id, id)])
        await asyncio.sleep(0.1)
        await other.settled()


async def test_what_is_rolled_back_is_told_to_nobody(house):
    key = await house.key()
    async with connected(house, key) as client:
        await client.subscribe("1", ADDED)
        await client.settled()
        origin = Origin(OPERATOR, house.clock())
        category = NotificationCategory.SYSTEM
        with suppress(ZeroDivisionError):
            async with house.database.transaction() as connection:
                await notify(connection, key.organization, origin, category, "No", "No", None)
                raise ZeroDivisionError
        await client.settled()
        await notified(house.database, key.organization, house.clock(), "Yes")
        assert (await data(client, "notificationAdded"))["title"] == "Yes"


@asynccontextmanager
async def another_process(url):
    """What another process has: a database, and a listener that tells of its news."""
    hub = Hub()
    database = await Database.open(url, tell=hub.tell)
    task = asyncio.create_task(Listener(url, lambda _: None, lambda _: None, hub).run())
    try:
        yield database
    finally:
        task.cancel()
        await asyncio.wait([task])
        await database.close()


async def test_what_happens_in_another_process_is_told(closed_house, migrated_url):
    cache = closed_house.cache = KeyCache(sure_until=0)
    listener = Listener(migrated_url, cache.heard, cache.renew, closed_house.hub)
    task = asyncio.create_task(listener.run())
    await until(lambda: cache.is_sure)
    house = await closed_house.open()
    key, stranger = await house.key(), await house.key()
    async with (
        another_process(migrated_url) as elsewhere,
        connected(house, key) as client,
        connected(house, stranger) as other,
    ):
        for each in (client, other):
            await each.subscribe("1", ADDED)
            await each.settled()
        for number in range(3):
            await notified(elsewhere, key.organization, house.clock(), str(number))
        for number in range(3):
            assert (await data(client, "notificationAdded"))["title"] == str(number)
        await other.settled()
    task.cancel()
    await asyncio.wait([task])
