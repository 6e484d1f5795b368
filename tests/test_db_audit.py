"""What happened is written down by the transaction that did it."""

from datetime import UTC, datetime
from ipaddress import ip_address
from uuid import uuid4

import pytest

from db import audit
from db.actor import OPERATOR, Actor, ActorKind, Origin

NOW = datetime(2026, 11, 23, 17, 8, 16, 250000, tzinfo=UTC)
READ = "SELECT * FROM audit_entry e WHERE e.organization_id = $1"


async def entries(database, owner):
    async with database.reading() as connection:
        return [dict(row) for row in await connection.fetch(READ, owner)]


async def test_an_entry_says_who_what_whence_and_when(database):
    owner = uuid4()
    actor = Actor(ActorKind.API_KEY, "key_1", "Shop")
    origin = Origin(actor, NOW, ip_address("192.0.2.7"), "request-1")
    async with database.transaction() as connection:
        await audit.record(connection, owner, origin, "product.updated", "prod_1", {"fields": []})

    [entry] = await entries(database, owner)
    assert entry.pop("id").version == 7
    assert entry == {
        "organization_id": owner,
        "created_at": NOW,
        "actor_kind": "API_KEY",
        "actor_id": "key_1",
        "actor_name": "Shop",
        "action": "product.updated",
        "subject_id": "prod_1",
        "address": ip_address("192.0.2.7"),
        "request_id": "request-1",
        "changes": {"fields": []},
    }


async def test_the_operator_has_no_address(database):
    owner = uuid4()
    async with database.transaction() as connection:
        await audit.record(connection, owner, Origin(OPERATOR, NOW), "x.happened", "x")

    [entry] = await entries(database, owner)
    assert (entry["actor_kind"], entry["actor_id"], entry["address"], entry["changes"]) == (
        "SYSTEM",
        "system",
        None,
        {},
    )


async def test_what_is_rolled_back_is_not_written(database):
    owner = uuid4()
    with pytest.raises(ZeroDivisionError):
        await undone(database, owner)

    assert await entries(database, owner) == []


async def undone(database, owner):
    async with database.transaction() as connection:
        await audit.record(connection, owner, Origin(OPERATOR, NOW), "x.happened", "x")
        raise ZeroDivisionError
