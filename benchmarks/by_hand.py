"""What Tollhouse is measured against: the same answer from handlers written for it alone."""

import hashlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson
from aiohttp import web

from access.token import parse
from benchmarks import parts
from db import ids
from db.database import SETTINGS
from db.scope import Scope

Handler = Callable[[web.Request], Awaitable[web.Response]]
MEDIA = "application/graphql-response+json"
HEADERS = {"Cache-Control": "no-store", "Vary": "Accept", "X-Request-Id": "0123456789abcdef"}
QUERY = """{ products(first: 20) { nodes {
  id name description sku active price { amount currency } imageUrl createdAt } } }"""
ROWS = """
SELECT id, name, description, sku, active, price_amount, price_currency, image_url, created_at
FROM product WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY id DESC LIMIT 20"""
BY_TOKEN = """
SELECT organization_id, granted, full_access, digest, pepper_version FROM api_key
WHERE token_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"""


class Known(NamedTuple):
    organization_id: UUID
    scopes: frozenset[str]
    until: datetime


class Keys:
    """The check of a key with a cache, as a careful hand would write it; rules of address aside."""

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._known: dict[bytes, Known] = {}

    async def organization(self, request: web.Request, scope: Scope) -> UUID:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        now = parts.now()
        mark = hashlib.blake2b(text.encode(), digest_size=16).digest()
        known = self._known.get(mark)
        if known is None or known.until <= now:
            known = self._known[mark] = await self._checked(text, now)
        if scheme != "Bearer" or scope not in known.scopes:
            raise web.HTTPForbidden
        return known.organization_id

    async def _checked(self, text: str, now: datetime) -> Known:
        token = parse(text)
        row = token and await self._pool.fetchrow(BY_TOKEN, token.id)
        if not row or not token:
            raise web.HTTPUnauthorized
        if not parts.PEPPERS.matches(token.secret, row["pepper_version"], row["digest"]):
            raise web.HTTPUnauthorized
        scopes = frozenset(Scope) if row["full_access"] else frozenset(row["granted"])
        return Known(row["organization_id"], scopes, now + timedelta(seconds=10))


async def by_hand(url: str) -> Handler:
    """Answers with a statement, a loop and orjson."""

    async def kept(_connection: Any) -> None: ...

    pool: Any = await asyncpg.create_pool(url, server_settings=SETTINGS, reset=kept)
    keys = Keys(pool)

    async def answer(request: web.Request) -> web.Response:
        owner = await keys.organization(request, Scope.PRODUCTS_READ)
        asked = orjson.loads(await request.read())
        if asked.get("query") != QUERY:
            raise web.HTTPBadRequest
        nodes = [
            {
                "id": ids.shown("prod", id),
                "name": name,
                "description": description,
                "sku": sku,
                "active": active,
                "price": {"amount": f"{amount:f}", "currency": currency},
                "imageUrl": image_url,
                "createdAt": created_at,
            }
            for (
                id,
                name,
                description,
                sku,
                active,
                amount,
                currency,
                image_url,
                created_at,
            ) in await pool.fetch(ROWS, owner)
        ]
        return _response(
            orjson.dumps({"data": {"products": {"nodes": nodes}}}, option=orjson.OPT_UTC_Z)
        )

    return answer


def bare(file: Path) -> Handler:
    """Answers with the bytes of a file, whatever is asked."""
    body = file.read_bytes()

    async def answer(request: web.Request) -> web.Response:
        await request.read()
        return _response(body)

    return answer


def _response(body: bytes) -> web.Response:
    return web.Response(body=body, content_type=MEDIA, charset="utf-8", headers=HEADERS)
