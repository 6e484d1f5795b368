"""The operations that all servers are asked, and the rows that they find."""

from base64 import b64encode
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import orjson

from access.token import mint
from benchmarks import by_hand, parts
from benchmarks.client import request_for
from benchmarks.serving import PATH
from db import api_key_change, ids, invoice_change, migrate
from db.actor import OPERATOR, Origin
from db.database import Database, connect
from db.invoice_change import NewLine
from db.scope import Scope

PRODUCTS = by_hand.QUERY
NESTED = """{ invoices(first: 20) { nodes { number total { amount currency }
  lines { description quantity product { name } } } } }"""
VIEWER = "{ viewer { organization { name } } }"
CREATE = """mutation($lines: [InvoiceLineInput!]!) {
  createInvoice(input: {lines: $lines}) { invoice { number total { amount currency } } } }"""
# PostGraphile names its fields after tables: by aliases its answers are the same.
GRAPHILE_PRODUCTS = """{ products: allProducts(first: 20, orderBy: PRIMARY_KEY_DESC) { nodes {
  id: rowId name description sku active price { amount currency } imageUrl createdAt } } }"""
GRAPHILE_NESTED = """{ invoices: allInvoices(first: 20, orderBy: PRIMARY_KEY_DESC) { nodes {
  number total { amount currency }
  lines: invoiceLinesByInvoiceIdList { description quantity product: productByProductId { name }
  } } } }"""
PRODUCT_COUNT, INVOICE_COUNT = 200, 40

# The same rows as they are shown, so that PostGraphile has nothing to convert.
SHOWN = """
CREATE SCHEMA shown;
CREATE TYPE shown.money AS (amount text, currency text);
CREATE TABLE shown.product (id text PRIMARY KEY, organization_id uuid NOT NULL,
  name text NOT NULL, description text, sku text, active boolean NOT NULL,
  price shown.money NOT NULL, image_url text, created_at text NOT NULL);
CREATE INDEX ON shown.product (organization_id, id);
CREATE TABLE shown.invoice (id text PRIMARY KEY, organization_id uuid NOT NULL,
  number text NOT NULL, total shown.money NOT NULL);
CREATE INDEX ON shown.invoice (organization_id, id);
CREATE TABLE shown.invoice_line (invoice_id text REFERENCES shown.invoice, position integer,
  description text NOT NULL, quantity integer NOT NULL, product_id text REFERENCES shown.product,
  PRIMARY KEY (invoice_id, position));
CREATE TABLE shown_id (id uuid PRIMARY KEY, shown text NOT NULL)"""
FILL = """
INSERT INTO shown.product SELECT shown, organization_id, name, description, sku, active,
  ROW(price_amount::text, price_currency)::shown.money, image_url,
  to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
FROM product JOIN shown_id USING (id);
INSERT INTO shown.invoice SELECT shown, organization_id, 'INV-' || lpad(number::text, 6, '0'),
  ROW(total_amount::text, currency)::shown.money FROM invoice JOIN shown_id USING (id);
INSERT INTO shown.invoice_line SELECT i.shown, position, description, quantity, p.shown
FROM invoice_line JOIN shown_id AS i ON i.id = invoice_id JOIN shown_id AS p ON p.id = product_id;
DROP TABLE shown_id"""


class Prepared(NamedTuple):
    """A database with one organization's rows, and tokens of its keys.

    The seller's belongs to another one, so that invoices can be made without changing what others
    are shown.
    """

    url: str
    full: str
    narrow: str
    fenced: str
    revoked: str
    seller: str
    lines: list[dict[str, Any]]

    def asking(self, query: str, token: str = "", **variables: Any) -> bytes:
        """A request; with the key that may do all, unless another one is given."""
        # Mercurius looks through variables even where there are none in them.
        asked = {"query": query, "variables": variables} if variables else {"query": query}
        return request_for(PATH, token or self.full, orjson.dumps(asked))

    @property
    def miscopied(self) -> str:
        """A token of the right form whose checksum is wrong."""
        return self.full[:-1] + ("1" if self.full.endswith("0") else "0")

    @property
    def made_up(self) -> str:
        """A token that is whole, and nobody's."""
        return mint().text

    @property
    def host(self) -> str:
        """The folder of the database's socket."""
        return parse_qs(urlsplit(self.url).query)["host"][0]

    @property
    def port(self) -> int:
        return int(parse_qs(urlsplit(self.url).query)["port"][0])

    def by_way_of(self, host: str) -> "Prepared":
        """The same by a socket in another folder."""
        named = urlsplit(self.url)
        query = urlencode({"host": host, "port": self.port})
        return self._replace(url=f"postgresql://{named.netloc}{named.path}?{query}")

    def told(self, **more: Any) -> str:
        """What a server is told on its standard input."""
        named = urlsplit(self.url)
        database = {
            "host": self.host,
            "port": self.port,
            "user": named.username,
            "password": named.password,
            "database": named.path[1:],
        }
        peppers = {"1": b64encode(parts.PEPPER).decode()}
        known = {"url": self.url, "database": database, "peppers": peppers}
        return orjson.dumps(known | more).decode()


async def prepared(url: str) -> Prepared:
    await migrate.upgrade(url)
    async with parts.opened(url) as database:
        owner = await parts.organization(database, "busy")
        products = await parts.products(database, owner, PRODUCT_COUNT)
        await _invoices(database, owner, [ids.parsed("prod", id) for id in products])
        full = await parts.key(database, owner)
        narrow = await parts.key(database, owner, [Scope.WEBHOOKS_READ])
        fenced = await parts.key(database, owner, [], ["192.0.2.0/24"])
        revoked = await parts.key(database, owner)
        await _revoke(database, revoked)
        selling = await parts.organization(database, "selling")
        sold = await parts.products(database, selling, 3)
        seller = await parts.key(database, selling)
    await _show(url)
    lines = [{"productId": id, "quantity": 2} for id in sold]
    return Prepared(url, full.token, narrow.token, fenced.token, revoked.token, seller.token, lines)


async def _revoke(database: Database, key: parts.Key) -> None:
    async with database.transaction() as connection:
        [row] = (await api_key_change.lock(connection, key.organization_id, [key.id])).values()
        await api_key_change.revoke(connection, Origin(OPERATOR, parts.now()), row)


async def _invoices(database: Database, owner: UUID, products: list[UUID]) -> None:
    """Each of three products, in turns, so that a page shows sixty different ones."""
    for number in range(INVOICE_COUNT):
        sold = [products[(number * 3 + place) % len(products)] for place in range(3)]
        lines = [
            NewLine(id, f"Tea, tin {place}", 2, Decimal("19.90")) for place, id in enumerate(sold)
        ]
        async with database.transaction() as connection:
            origin = Origin(OPERATOR, parts.now())
            await invoice_change.create(connection, owner, origin, {}, "EUR", lines)


async def _show(url: str) -> None:
    connection = await connect(url)
    try:
        await connection.execute(SHOWN)
        for table, prefix in (("product", "prod"), ("invoice", "inv")):
            known = await connection.fetch(f"SELECT id FROM {table}")  # names of ours
            pairs = [(id, ids.shown(prefix, id)) for (id,) in known]
            await connection.copy_records_to_table("shown_id", records=pairs)
        await connection.execute(FILL)
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()
