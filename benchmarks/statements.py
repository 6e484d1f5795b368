"""How many SQL statements a request makes, by what it asks and how it is refused."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from aiohttp import ClientSession

from access.cache import KeyCache
from access.token import mint
from benchmarks import parts
from benchmarks.delivery_parts import webhooks
from benchmarks.serving import PATH, listen
from benchmarks.table import show
from db import migrate
from db.database import Database
from db.scope import Scope
from execution.application import make_application

SMALL = "{ organization { name } }"
PUBLIC = "{ scopes { name } }"
PRODUCTS = "{ products(first: 20) { nodes { id name price { amount currency } } } }"
COUNTED = "{ products(first: 20) { totalCount nodes { id name } } }"
NESTED = "{ invoices(first: 20) { nodes { number lines { quantity product { name } } } } }"
INVOICE = """mutation($lines: [InvoiceLineInput!]!) {
  createInvoice(input: {lines: $lines}) { invoice { number } } }"""
PRODUCT = """mutation {
  createProduct(input: {name: "Mug", price: {amount: "9.50", currency: "EUR"}}) {
    product { name } } }"""
KEY = """mutation { createApiKey(input: {name: "Robot", scopes: [PRODUCTS_READ]}) { token } }"""
NOTHING: Mapping[str, Any] = {}
# A port at which nobody has to listen: nothing is sent here.
DISCARD = 9
# What opens and ends a transaction is no question of ours, but a round trip all the same.
FRAME = ("BEGIN", "COMMIT", "ROLLBACK")


class Case(NamedTuple):
    name: str
    token: str
    query: str
    variables: Mapping[str, Any] = NOTHING
    status: int = 200
    is_known: bool = True


class Counter:
    """Hears of every statement."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, logged: Any) -> None:
        self.statements.append(logged.query)


async def cases(database: Database) -> list[Case]:
    owner = await parts.organization(database, "counted")
    full = (await parts.key(database, owner)).token
    narrow = (await parts.key(database, owner, [Scope.INVOICES_READ])).token
    fenced = (await parts.key(database, owner, [], ["192.0.2.0/24"])).token
    told, told_widely = [await listened(database, count) for count in (1, 20)]
    made_up = mint().text
    lines = [{"productId": id} for id in await parts.products(database, owner, 20)]
    three = {"lines": lines[:3]}
    return [
        Case("known key, a field without a database", full, PUBLIC),
        Case("key new to the cache, the same", full, PUBLIC, is_known=False),
        Case("known key, refused for its scope", narrow, PRODUCTS, status=403),
        Case("new key, refused for its scope", narrow, PRODUCTS, status=403, is_known=False),
        Case("known key, refused for its address", fenced, PUBLIC, status=403),
        Case("new key, refused for its address", fenced, PUBLIC, status=403, is_known=False),
        Case("no token", "", PUBLIC, status=401),
        Case("token with a wrong CRC", full[:-1] + chr(ord(full[-1]) ^ 1), PUBLIC, status=401),
        Case("made-up token, first time", made_up, PUBLIC, status=401, is_known=False),
        Case("made-up token, again", made_up, PUBLIC, status=401),
        Case("organization, known", full, SMALL),
        Case("organization and key new to the cache", full, SMALL, is_known=False),
        Case("products(first: 20)", full, PRODUCTS),
        Case("products(first: 20) with totalCount", full, COUNTED),
        Case("createInvoice with 3 products", full, INVOICE, three),
        Case("invoices(first: 20), lines, their products", full, NESTED),
        Case("createProduct", full, PRODUCT),
        Case("createProduct, 1 webhook is told", told, PRODUCT),
        Case("createProduct, 20 webhooks are told", told_widely, PRODUCT),
        Case("createApiKey", full, KEY),
    ]


async def listened(database: Database, count: int) -> str:
    """The token of an organization that has so many webhooks."""
    owner = await parts.organization(database, f"listened-by-{count}")
    await webhooks(database, owner, DISCARD, count)
    return (await parts.key(database, owner)).token


async def counted(
    session: ClientSession, url: str, case: Case, counter: Counter, cache: KeyCache
) -> list[object]:
    """A row of the table. The same request goes before, so that asyncpg knows all types."""
    headers = {"Authorization": f"Bearer {case.token}"} if case.token else {}
    await asked(session, url, headers, case.query, case.variables)
    if not case.is_known:
        cache.clear()
    before = len(counter.statements)
    status, codes = await asked(session, url, headers, case.query, case.variables)
    assert status == case.status, (case.name, status, codes)
    ran = counter.statements[before:]
    framing = sum(statement.startswith(FRAME) for statement in ran)
    return [case.name, f"{status} {codes}".strip(), len(ran) - framing, framing]


async def asked(
    session: ClientSession,
    url: str,
    headers: Mapping[str, str],
    query: str,
    variables: Mapping[str, Any],
) -> tuple[int, str]:
    body = {"query": query, "variables": variables}
    async with session.post(url, json=body, headers=headers) as response:
        answer = orjson.loads(await response.read())
        codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
        return response.status, ", ".join(codes)


async def measured(url: str) -> list[list[object]]:
    await migrate.upgrade(url)
    counter, cache = Counter(), KeyCache()
    async with parts.opened(url, size=1, logger=counter) as database:
        server = make_application(parts.house(database, cache)).serving(1, 1)
        async with server as runner, ClientSession() as session:
            address = f"http://127.0.0.1:{await listen(runner)}{PATH}"
            return [
                await counted(session, address, case, counter, cache)
                for case in await cases(database)
            ]


def main() -> None:
    with parts.cluster({"fsync": "off"}) as url:
        rows = asyncio.run(measured(url))
    show(["request", "answer", "statements", "of the transaction"], rows)


if __name__ == "__main__":
    main()
