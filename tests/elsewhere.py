"""What another process changes about a key that is in use here."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from access.cache import KeyCache
from db.listener import Listener
from tests.house import House, Key
from tests.socket_parts import opened, until

ELSEWHERE = '[{"id": "x", "cidr": "203.0.113.0/24", "note": null, "created_at": "x"}]'
CHANGES = {
    "revoked": "SET revoked_at = now()",
    "rotated": "SET digest = '\\x00'",
    "expired": "SET expires_at = now() - interval '1 minute'",
    "another address": f"SET rules = '{ELSEWHERE}'",
    "the scope lost": "SET granted = ARRAY['products.update']",
}


async def elsewhere(url: str, change: str, key: Key) -> None:
    """Change the key from another process."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(f"UPDATE api_key {change} WHERE id = $1", key.uuid)
    finally:
        await connection.close()


@asynccontextmanager
async def hearing_house(
    closed_house: House, monkeypatch: pytest.MonkeyPatch, url: str
) -> AsyncGenerator[House]:
    """A house that hears what other processes change."""
    cache = closed_house.cache = KeyCache(sure_until=0)
    listener = Listener(url, cache.heard, cache.renew, closed_house.hub)
    task = asyncio.create_task(listener.run())
    await until(lambda: cache.is_sure)
    yield await opened(closed_house, monkeypatch)
    task.cancel()
    await asyncio.wait([task])
