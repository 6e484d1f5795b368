"""What the server does by itself beside answering requests."""

import asyncio
import os
import signal
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from access.usage import Usage
from cli.background import (
    expire_invoices,
    repeat,
    revive,
    tell_expiring_keys,
    tell_refusals,
    write_usage,
)
from db.binaries import EmbeddedFailed
from db.errors import Unavailable
from tests.embedded_parts import BINARIES, ask, postgres_of, short_folder, started
from tests.told import quiet_key, rows

INVOICE = """mutation($at: DateTime) { createInvoice(input: { expiresAt: $at, lines: [
{ description: "A", unitPrice: { amount: "1", currency: "EUR" } } ] }) { invoice { id } } }"""
STATES = "select string_agg(state, ',') from invoice"
USED = "select last_used_at from api_key_usage"
EXPIRED = "select count(*) from audit_entry where action = 'invoice.expired'"


class Away:
    """A database that can't be reached."""

    def transaction(self):
        raise Unavailable("away")


async def test_what_fails_for_now_is_tried_again_and_told():
    failures = [Unavailable("away"), EmbeddedFailed("no room"), ZeroDivisionError()]
    left = iter(failures)

    async def work():
        raise next(left)

    with capture_logs() as entries, pytest.raises(ZeroDivisionError):
        await repeat("usage", 0, work)
    assert entries == [
        {
            "event": "It failed for now, and is tried again.",
            "log_level": "warning",
            "task": "usage",
            "reason": reason,
        }
        for reason in ("away", "no room")
    ]


async def test_uses_are_written_in_batches(house, database_url, monkeypatch):
    usage, batches = house.usage, []
    take = usage.take
    monkeypatch.setattr(usage, "take", lambda: batches.append(take(1)) or batches[-1])
    for _ in range(3):
        await house.ask(await house.key(), "{ __typename }")

    await write_usage(house.database, usage)

    assert [len(batch) for batch in batches] == [1, 1, 1, 0]
    assert await ask(database_url, "select count(*) from api_key_usage") == 3


async def test_uses_that_cannot_be_written_are_kept(house, database_url):
    await house.ask(await house.key(), "{ __typename }")

    with pytest.raises(Unavailable):
        await write_usage(Away(), house.usage)
    await write_usage(house.database, house.usage)

    assert await ask(database_url, USED) == house.clock.now


async def test_no_uses_cost_no_statement():
    await write_usage(Away(), Usage())


async def test_invoices_that_are_due_expire_in_batches(house, database_url, monkeypatch):
    key, at = await house.key(), house.clock() + timedelta(hours=1)
    for _ in range(3):
        assert (await house.ask(key, INVOICE, at=at.isoformat())).data
    monkeypatch.setattr("db.invoice_change.expire_due.__defaults__", (2,))

    async def state():
        await expire_invoices(house.database, house.clock)
        return await ask(database_url, STATES), await ask(database_url, EXPIRED)

    assert await state() == ("OPEN,OPEN,OPEN", 0)
    house.clock.advance(hours=2)
    assert await state() == ("EXPIRED,EXPIRED,EXPIRED", 3)
    assert await state() == ("EXPIRED,EXPIRED,EXPIRED", 3)


async def test_a_refusal_for_the_address_costs_nothing_and_is_told_soon(house):
    key = await quiet_key(house, ips=["192.0.2.7"])
    other = await quiet_key(house)
    await house.ask(key, "{ __typename }")
    with house.counting() as statements:
        refused = [await house.ask(key, "{ __typename }") for _ in range(3)]

    assert [answer.codes for answer in refused] == [["IP_NOT_ALLOWED"]] * 3
    assert statements == []
    await house.ask(other, "{ nothing }")
    await house.ask("th_unknown", "{ __typename }")
    await tell_refusals(house.database, house.usage.refusals)
    await tell_refusals(house.database, house.usage.refusals)

    [row] = await rows(house, key.organization, "notification")
    assert (row["category"], row["title"]) == (
        "SECURITY",
        'API key "Test key" was refused at 127.0.0.1',
    )
    assert await rows(house, other.organization, "notification") == []


async def test_refusals_that_cannot_be_told_are_kept(house):
    key = await quiet_key(house, ips=["192.0.2.7"])
    await house.ask(key, "{ __typename }")

    with pytest.raises(Unavailable):
        await tell_refusals(Away(), house.usage.refusals)
    await tell_refusals(house.database, house.usage.refusals)

    assert len(await rows(house, key.organization, "notification")) == 1


async def test_keys_that_expire_soon_are_told_in_batches(house, monkeypatch):
    owner, at = await house.organization(), house.clock() + timedelta(days=10)
    for _ in range(3):
        await quiet_key(house, owner, expires_at=at)
    monkeypatch.setattr("db.api_key_notice.tell_expiring.__defaults__", (2,))
    house.clock.advance(days=4)

    await tell_expiring_keys(house.database, house.clock)
    await tell_expiring_keys(house.database, house.clock)

    assert len(await rows(house, owner, "notification")) == 3


async def test_a_database_that_died_is_started_again():
    with short_folder() as folder, started(folder / "data", BINARIES) as embedded:
        await revive(embedded)
        leader = postgres_of(folder / "data")
        os.kill(leader.pid, signal.SIGKILL)
        await asyncio.to_thread(leader.wait)
        assert not embedded.alive()
        with capture_logs() as entries:
            await revive(embedded)

        assert [entry["event"] for entry in entries] == [
            "The embedded database has died; it is started again.",
            "The embedded database runs again.",
        ]
        assert await ask(embedded.url, "select 1") == 1
        assert postgres_of(folder / "data").pid != leader.pid
