"""What benchmarks stand on: a database that goes with them, and the house composed on it."""

import shutil
import signal
import tempfile
from collections.abc import AsyncGenerator, Collection, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import db.api_key
import db.organization
import db.product_change
from access.audience import Audience
from access.budget import Budgets
from access.cache import KeyCache
from access.check import KeyCheck
from access.encryption import EncryptionKeys
from access.issue import new_token
from access.networks import Rules, parse_rule
from access.pepper import Peppers
from access.throttle import Throttle
from access.usage import Usage
from db import api_key_change
from db.actor import OPERATOR, Origin
from db.binaries import find_binaries
from db.database import Database
from db.embedded import Embedded
from db.hub import Hub
from db.scope import Scope
from execution.application import Parts
from resolvers.root import api

# One pepper for all processes of a benchmark, which share a database.
PEPPER = b"a pepper that only benchmarks have"[:32]
PEPPERS = Peppers({1: PEPPER})
PATIENCE = Throttle(burst=1_000_000, per_second=1_000_000)
# Counted as everywhere, and never used up.
WEALTH = Budgets(per_minute=1_000_000_000, burst=1_000_000_000)


class Key(NamedTuple):
    token: str
    id: UUID
    organization_id: UUID


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def cluster(settings: Mapping[str, str] | None = None) -> Generator[str]:
    """The URL of a PostgreSQL of its own, which is gone afterwards, however that comes about."""
    with postgres(settings) as embedded:
        yield embedded.url


@contextmanager
def postgres(settings: Mapping[str, str] | None = None) -> Generator[Embedded]:
    """The same, for what kills it and starts it again."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="tollhouse-")).resolve()
    # PostgreSQL runs under another account where this one is root's.
    folder.chmod(0o711)
    embedded = Embedded(folder / "data", find_binaries(None), settings)
    try:
        embedded.start()
        yield embedded
    finally:
        embedded.stop()
        shutil.rmtree(folder)


@asynccontextmanager
async def opened(url: str, **options: Any) -> AsyncGenerator[Database]:
    database = await Database.open(url, **options)
    try:
        yield database
    finally:
        await database.close()


def key_check(database: Database, cache: KeyCache) -> KeyCheck:
    async def find(token_id: str) -> Any:
        async with database.reading() as connection:
            return await db.api_key.find_by_token_id(connection, token_id)

    return KeyCheck(find, PEPPERS, cache, PATIENCE)


def house(database: Database, cache: KeyCache) -> Parts:
    async def ready() -> list[str]:
        return []

    return Parts(
        api=api,
        database=database,
        check=key_check(database, cache),
        cache=cache,
        usage=Usage(),
        peppers=PEPPERS,
        encryption=EncryptionKeys.generate(),
        hub=Hub(),
        trusted=Rules(frozenset()),
        webhook_networks=Rules(frozenset()),
        budgets=WEALTH,
        audience=Audience.KEYS,
        clock=now,
        ready=ready,
    )


async def organization(database: Database, slug: str) -> UUID:
    details = db.organization.Details(name=slug.title(), slug=slug)
    async with database.transaction() as connection:
        return (await db.organization.create(connection, details, now())).id


async def key(
    database: Database,
    owner: UUID,
    scopes: Collection[Scope] = (),
    cidrs: Collection[str] = (),
) -> Key:
    """A key of the organization; without scopes it has full access."""
    token, kept = new_token(PEPPERS)
    powers = {
        "full_access": not scopes,
        "granted": list(scopes),
        "rules": api_key_change.rules_from([(str(parse_rule(c)), None) for c in cidrs], now()),
        "expires_at": None,
    }
    details = db.api_key.Details(name="Benchmark", environment=None)
    async with database.transaction() as connection:
        row = await api_key_change.create(
            connection, owner, Origin(OPERATOR, now()), details, powers, kept
        )
    return Key(token.text, row.id, owner)


async def products(database: Database, owner: UUID, count: int) -> list[str]:
    """Products with all that a product can have; their ids as clients see them."""
    typeids: list[str] = []
    for number in range(count):
        stated = {
            "name": f"Darjeeling First Flush No. {number}",
            "description": "Hand-picked in spring, in a tin of 100 g.",
            "sku": f"TEA-{number:05}",
            "active": True,
            "price_amount": Decimal("19.90"),
            "price_currency": "EUR",
            "image_url": f"https://images.shop.test/{number}.webp",
            "labels": {"harvest": "2026", "garden": "Margaret's Hope"},
        }
        async with database.transaction() as connection:
            row = await db.product_change.create(connection, owner, Origin(OPERATOR, now()), stated)
        typeids.append(row.typeid)
    return typeids
