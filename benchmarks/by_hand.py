"""What Tollhouse is measured against: the same answer from handlers written for it alone."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from aiohttp import web

from benchmarks.by_hand_keys import Keys, finder
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


async def by_hand(url: str) -> Handler:
    """Answers with a statement, a loop and orjson."""

    async def kept(_connection: Any) -> None: ...

    pool: Any = await asyncpg.create_pool(url, server_settings=SETTINGS, reset=kept)
    keys = Keys(finder(pool))

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
