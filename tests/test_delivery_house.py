"""All that leaves the house is one task: webhooks, mail, and the upkeep of both."""

import asyncio
import contextlib
from datetime import timedelta

import pytest

from access.smtp_server import SmtpServer, Tls
from delivery.house import Parts, deliver
from tests.delivery_parts import deliveries, happen, settled, until, webhook
from tests.queue_parts import arrived, lane, settle
from tests.receiver import LOOPBACK, receiving
from tests.smtp_parts import SENDER, Post, mail_server, outcomes, waiting

HELD = "SELECT count(*) FROM webhook_lane l WHERE l.organization_id = $1"


def parts(house, **stated):
    return Parts(
        **{
            "database": house.database,
            "hub": house.hub,
            "encryption": house.encryption,
            "networks": LOOPBACK,
            "clock": house.clock,
            "user_agent": "Tollhouse/1.2.3",
            "most": 10,
            "kept": timedelta(days=30),
            "smtp": None,
            "mail_from": None,
            **stated,
        }
    )


@contextlib.asynccontextmanager
async def delivering(house, **stated):
    task = asyncio.create_task(deliver(parts(house, **stated)))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
    assert task.cancelled()


async def test_webhooks_and_mail_leave_and_old_things_go(house):
    old = await lane(house)
    [row] = await deliveries(house, old.organization_id)
    await settle(house, arrived(house, row))
    house.clock.advance(days=31)
    owner, post = await house.organization(), Post()
    async with receiving() as receiver, mail_server(post) as port:
        await webhook(house, owner, receiver.url)
        smtp = SmtpServer("127.0.0.1", port, Tls.OFF)
        async with delivering(house, smtp=smtp, mail_from=SENDER):
            await happen(house, owner)
            await waiting(house.database, house.clock(), "bob@shop.test")
            await settled(house, owner, 1)

            async def all_is_done():
                pruned = await deliveries(house, old.organization_id) == []
                return pruned and await outcomes(house.database) == [("SENT", 1, None)]

            await until(all_is_done)
        async with house.database.reading() as connection:
            assert await connection.fetchval(HELD, owner) == 0

    [received] = receiver.received
    assert received.headers["user-agent"] == "Tollhouse/1.2.3"
    assert post.recipients == ["bob@shop.test"]


@pytest.mark.parametrize(
    "lacking", [{"smtp": None, "mail_from": SENDER}, {"smtp": SmtpServer("127.0.0.1", 1, Tls.OFF)}]
)
async def test_without_a_mail_server_mail_waits(house, lacking):
    owner = await house.organization()
    await waiting(house.database, house.clock(), "bob@shop.test")
    async with receiving() as receiver, delivering(house, **lacking):
        await webhook(house, owner, receiver.url)
        await happen(house, owner)
        await settled(house, owner, 1)

    assert await outcomes(house.database) == [("PENDING", 0, None)]


async def test_a_fault_of_one_part_ends_all(house):
    def broken():
        raise ZeroDivisionError

    with pytest.raises(ExceptionGroup) as fault:
        await deliver(parts(house, clock=broken))

    assert fault.group_contains(ZeroDivisionError)
