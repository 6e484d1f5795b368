"""The same answers by hand with every trick, for operations that are known beforehand."""

from typing import Any
from uuid import UUID

import asyncpg
import orjson
from aiohttp import web
from multidict import CIMultiDict

from benchmarks.by_hand import HEADERS, MEDIA, Handler, Keys
from benchmarks.by_hand_invoice import STATEMENTS, Creating
from benchmarks.by_hand_sessions import Sessions
from benchmarks.peers_data import CREATE, NESTED, PRODUCTS
from db import ids
from db.database import SETTINGS
from db.scope import Scope

WRITTEN = CIMultiDict({**HEADERS, "Content-Type": f"{MEDIA}; charset=utf-8"})
ROWS = """
SELECT id, name, description, sku, active, price_amount::text, price_currency, image_url,
  created_at
FROM product WHERE organization_id = $1 AND deleted_at IS NULL ORDER BY id DESC LIMIT 20"""
INVOICES = """
SELECT id, number, total_amount::text, currency FROM invoice
WHERE organization_id = $1 ORDER BY id DESC LIMIT 20"""
LINES = """
SELECT invoice_id, description, quantity, product_id FROM invoice_line
WHERE organization_id = $1 AND invoice_id = ANY($2::uuid[]) ORDER BY invoice_id, position"""
NAMES = """
SELECT id, name FROM product
WHERE organization_id = $1 AND deleted_at IS NULL AND id = ANY($2::uuid[])"""
JOINED = """
SELECT invoice.id, number, invoice.total_amount::text, invoice.currency,
  line.description, quantity, product.name
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

    async def answer(self, request: web.Request) -> web.Response:
        asked = orjson.loads(await request.read())
        scope, answer = self._known[asked["query"]]
        owner = await self._keys.organization(request, scope)
        return written(await answer(owner, asked["variables"]))

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
                "createdAt": created_at,
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
            lines = await prepared["lines"].fetch(owner, [id for id, *_ in invoices])
            sold = list({line["product_id"] for line in lines})
            names = await prepared["names"].fetch(owner, sold)
        products = {id: {"name": name} for id, name in names}
        shown: dict[UUID, list[Any]] = {id: [] for id, *_ in invoices}
        for invoice, description, quantity, product in lines:
            line = {"description": description, "quantity": quantity}
            shown[invoice].append({**line, "product": products.get(product)})
        nodes = [
            _invoice(number, amount, currency, shown[id])
            for id, number, amount, currency in invoices
        ]
        return {"invoices": {"nodes": nodes}}

    async def joined(self, owner: UUID, _variables: Any) -> Any:
        shown: dict[UUID, Any] = {}
        for id, number, amount, currency, description, quantity, name in await self._sessions.fetch(
            "joined", owner
        ):
            if (invoice := shown.get(id)) is None:
                invoice = shown[id] = _invoice(number, amount, currency, [])
            if quantity is not None:
                product = None if name is None else {"name": name}
                line = {"description": description, "quantity": quantity, "product": product}
                invoice["lines"].append(line)
        return {"invoices": {"nodes": list(shown.values())}}


def _invoice(number: int, amount: str, currency: str, lines: list[Any]) -> dict[str, Any]:
    total = {"amount": amount, "currency": currency}
    return {"number": f"INV-{number:06}", "total": total, "lines": lines}


async def by_hand(url: str, *, joins: bool) -> Handler:
    pool: Any = await asyncpg.create_pool(url, min_size=0, max_size=1, server_settings=SETTINGS)
    sessions = await Sessions.open(url, READING | STATEMENTS)
    return ByHand(Keys(pool), sessions, Creating(sessions).create, joins=joins).answer
