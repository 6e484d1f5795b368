"""The same answers by hand with every trick, for operations that are known beforehand."""

from typing import Any
from uuid import UUID

import asyncpg
import orjson
from aiohttp import web
from multidict import CIMultiDict

from benchmarks.by_hand import HEADERS, MEDIA
from benchmarks.by_hand_invoice import STATEMENTS, Creating
from benchmarks.by_hand_keys import Keys, finder
from benchmarks.by_hand_sessions import Sessions
from benchmarks.peers_data import CREATE, NESTED, PRODUCTS
from benchmarks.serving import PATH
from db import ids
from db.asked import Flat
from db.database import SETTINGS
from db.scope import Scope

WRITTEN = CIMultiDict({**HEADERS, "Content-Type": f"{MEDIA}; charset=utf-8"})
ROWS = """
SELECT id, name, description, sku, active, price_amount::text, price_currency, image_url,
  created_at::text
FROM product WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY id DESC LIMIT 20"""
INVOICES = """
SELECT id, number, total_amount::text, currency FROM invoice
WHERE organization_id = $1 ORDER BY id DESC LIMIT 20"""
# What follows comes in the order of what was asked for, so nothing is looked up by a UUID here.
LINES = """
SELECT place::int, description, quantity, product_id
FROM unnest($2::uuid[]) WITH ORDINALITY AS page(id, place)
JOIN invoice_line AS line ON line.organization_id = $1 AND line.invoice_id = page.id
ORDER BY place, position"""
NAMES = """
SELECT name FROM unnest($2::uuid[]) WITH ORDINALITY AS sold(id, place)
LEFT JOIN product ON product.organization_id = $1 AND product.id = sold.id
  AND product.deleted_at IS NULL
ORDER BY place"""
JOINED = """
SELECT number, invoice.total_amount::text, invoice.currency, line.description, quantity,
  product.name
FROM (SELECT id, number, total_amount, currency FROM invoice
  WHERE organization_id = $1 ORDER BY id DESC LIMIT 20) AS invoice
LEFT JOIN invoice_line AS line ON line.organization_id = $1 AND line.invoice_id = invoice.id
LEFT JOIN product ON product.organization_id = $1 AND product.id = line.product_id
  AND product.deleted_at IS NULL
ORDER BY invoice.id DESC, line.position"""
READING = {"products": ROWS, "invoices": INVOICES, "lines": LINES, "names": NAMES, "joined": JOINED}


def written(data: Any) -> web.Response:
    body = orjson.dumps({"data": data}, option=orjson.OPT_UTC_Z)
    return web.Response(body=body, headers=WRITTEN)


class ByHand:
    """Knows three queries, as their very texts; invoices in three statements or in one."""

    def __init__(self, keys: Keys, sessions: Sessions, create: Any, *, joins: bool) -> None:
        nested = self.joined if joins else self.nested
        self._keys, self._sessions = keys, sessions
        self._known = {
            PRODUCTS: (Scope.PRODUCTS_READ, self.products),
            NESTED: (Scope.INVOICES_READ, nested),
            CREATE: (Scope.INVOICES_CREATE, create),
        }

    async def answer(self, request: web.BaseRequest) -> web.Response:
        if request.raw_path != PATH or request.method != "POST":
            raise web.HTTPNotFound
        asked = orjson.loads(await request.read())
        scope, answer = self._known[asked["query"]]
        owner = await self._keys.organization(request, scope)
        return written(await answer(owner, asked.get("variables")))

    async def products(self, owner: UUID, _variables: Any) -> Any:
        rows = await self._sessions.fetch("products", owner)
        shown = ids.all_shown("prod", [row[0] for row in rows])
        nodes = [
            {
                "id": id,
                "name": name,
                "description": description,
                "sku": sku,
                "active": active,
                "price": {"amount": amount, "currency": currency},
                "imageUrl": image_url,
                "createdAt": _time(created_at),
            }
            for id, (
                _,
                name,
                description,
                sku,
                active,
                amount,
                currency,
                image_url,
                created_at,
            ) in zip(shown, rows, strict=True)
        ]
        return {"products": {"nodes": nodes}}

    async def nested(self, owner: UUID, _variables: Any) -> Any:
        async with self._sessions.held() as (_, prepared):
            invoices = await prepared["invoices"].fetch(owner)
            lines = await prepared["lines"].fetch(owner, Flat([row[0] for row in invoices]))
            names = await prepared["names"].fetch(owner, Flat([line[3] for line in lines]))
        shown: list[list[Any]] = [[] for _ in invoices]
        for (place, description, quantity, _), (name,) in zip(lines, names, strict=True):
            product = None if name is None else {"name": name}
            shown[place - 1].append(
                {"description": description, "quantity": quantity, "product": product}
            )
        nodes = [
            _invoice(number, amount, currency, sold)
            for (_, number, amount, currency), sold in zip(invoices, shown, strict=True)
        ]
        return {"invoices": {"nodes": nodes}}

    async def joined(self, owner: UUID, _variables: Any) -> Any:
        nodes: list[Any] = []
        latest: int | None = None
        sold: list[Any] = []
        for number, amount, currency, description, quantity, name in await self._sessions.fetch(
            "joined", owner
        ):
            if number != latest:
                latest, sold = number, list[Any]()
                nodes.append(_invoice(number, amount, currency, sold))
            if quantity is not None:
                product = None if name is None else {"name": name}
                sold.append({"description": description, "quantity": quantity, "product": product})
        return {"invoices": {"nodes": nodes}}


def _invoice(number: int, amount: str, currency: str, lines: list[Any]) -> dict[str, Any]:
    total = {"amount": amount, "currency": currency}
    return {"number": f"INV-{number:06}", "total": total, "lines": lines}


def _time(text: str) -> str:
    """`2026-11-25 04:28:42.1+00` as `2026-11-25T04:28:42.100000Z`."""
    if text[19] == ".":
        return f"{text[:10]}T{text[11:-3]:0<15}Z"
    return f"{text[:10]}T{text[11:19]}Z"


async def by_hand(url: str, *, joins: bool) -> web.Server:
    """Without an application: aiohttp's own server calls the handler, and no router is asked."""
    pool: Any = await asyncpg.create_pool(url, min_size=0, max_size=1, server_settings=SETTINGS)
    sessions = await Sessions.open(url, READING | STATEMENTS)
    creating = Creating(sessions).create
    known = ByHand(Keys(finder(pool)), sessions, creating, joins=joins)
    return web.Server(known.answer, access_log=None)
