"""What the tests of products and invoices share: operations, and a shop with goods in it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import db.product_change
from db.actor import OPERATOR, Origin
from db.money import exact
from db.product import Product
from tests.house import Clock

PRODUCT = """id name description sku price { amount currency } active imageUrl metadata
  createdAt updatedAt"""
CREATE_PRODUCT = f"""mutation($input: CreateProductInput!) {{
  createProduct(input: $input) {{ product {{ {PRODUCT} }} }} }}"""
UPDATE_PRODUCT = f"""mutation($input: UpdateProductInput!) {{
  updateProduct(input: $input) {{ product {{ {PRODUCT} }} }} }}"""
DELETE_PRODUCT = """mutation($input: DeleteProductInput!) {
  deleteProduct(input: $input) { deletedProductId } }"""
READ_PRODUCT = f"query($id: ID!) {{ product(id: $id) {{ {PRODUCT} }} }}"
TEA = {"name": "Tea", "price": {"amount": "2.5", "currency": "EUR"}}

ALL_STATED = {
    "name": "  Зелёный чай 100 %_\\ ",
    "description": "Loose\nleaves",
    "sku": " tea-1 ",
    "price": {"amount": "19.9", "currency": "EUR"},
    "active": False,
    "imageUrl": "https://pictures.test/tea.png?size=2",
    "metadata": {"shelf": "Bär 7", "k" * 40: "v" * 500},
}
LIST_PRODUCTS = """query($first: Int, $after: String, $last: Int, $before: String,
    $filter: ProductFilter, $order: ProductOrder) {
  products(first: $first, after: $after, last: $last, before: $before,
      filter: $filter, orderBy: $order) {
    nodes { id name }
    edges { cursor node { id } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
COUNT_PRODUCTS = (
    "query($filter: ProductFilter) { products(filter: $filter) { totalCount nodes { name } } }"
)

INVOICE = """id number status customerName customerEmail memo total { amount currency }
  createdAt expiresAt paidAt paidLate createdBy { kind id name } metadata
  lines { description quantity unitPrice { amount currency } total { amount currency }
    product { id name } }"""
CREATE_INVOICE = f"""mutation($input: CreateInvoiceInput!) {{
  createInvoice(input: $input) {{ invoice {{ {INVOICE} }} }} }}"""
READ_INVOICE = f"query($id: ID!) {{ invoice(id: $id) {{ {INVOICE} }} }}"
LINE = {"description": "Advice", "unitPrice": {"amount": "80", "currency": "EUR"}}

WRITTEN = ("audit_entry", "invoice", "invoice_counter", "invoice_line", "product", "tally")
# Well formed, and nobody's.
MADE_UP = "01m8848cpwer09kyy0znvy0kcc"


class StillClock(Clock):
    """A clock that goes only when it is told to."""

    def __call__(self) -> datetime:
        return self.now


def shown(moment: datetime) -> str:
    """A point in time as answers show it."""
    return moment.isoformat().replace("+00:00", "Z")


async def opened_still(closed_house: Any) -> Any:
    """The house with a clock that stands still."""
    closed_house.clock = StillClock()
    return await closed_house.open()


class Abandoned(Exception):
    """Ends a transaction before its commit."""


@asynccontextmanager
async def abandoned(database: Any) -> AsyncGenerator[Any]:
    """A transaction that is given up at the end of the block."""
    with suppress(Abandoned):
        async with database.transaction() as connection:
            yield connection
            raise Abandoned


async def sell(house: Any, owner: UUID, name: str, **stated: Any) -> Product:
    """A product that is there already when the test begins."""
    row = {"name": name, "price_amount": exact("1", "EUR"), "price_currency": "EUR", **stated}
    async with house.database.transaction() as connection:
        return await db.product_change.create(
            connection, owner, Origin(OPERATOR, house.clock()), row
        )


async def created(house, key, **stated):
    answer = await house.ask(key, CREATE_PRODUCT, input={**TEA, **stated})
    return answer.data["createProduct"]["product"]


async def updated(house, key, id, **stated):
    answer = await house.ask(key, UPDATE_PRODUCT, input={"id": id, **stated})
    return answer.data["updateProduct"]["product"]


async def read(house, key, id):
    return (await house.ask(key, READ_PRODUCT, id=id)).data["product"]


async def bill(house: Any, key: Any, *lines: dict[str, Any], **stated: Any) -> dict[str, Any]:
    """An invoice that the key creates; its one line is LINE unless others are given."""
    answer = await house.ask(key, CREATE_INVOICE, input={"lines": lines or [LINE], **stated})
    return answer.data["createInvoice"]["invoice"]


async def written(house: Any, owner: UUID) -> dict[str, list[str]]:
    """All that the database holds of an organization's shop, to show that nothing changed."""
    async with house.database.reading() as connection:
        return {
            table: [
                row[0]
                for row in await connection.fetch(
                    f"SELECT to_jsonb(t)::text FROM {table} t WHERE t.organization_id = $1"
                    " ORDER BY 1",
                    owner,
                )
            ]
            for table in WRITTEN
        }


async def entries(house: Any, owner: UUID, *columns: str) -> list[tuple[Any, ...]]:
    """The audit trail of an organization's shop, oldest first."""
    async with house.database.reading() as connection:
        rows = await connection.fetch(
            f"SELECT {', '.join(columns)} FROM audit_entry"
            " WHERE organization_id = $1 AND action NOT LIKE 'api_key.%' ORDER BY created_at, id",
            owner,
        )
    return [tuple(row) for row in rows]


async def answer_to_json(house: Any, key: Any, body: bytes) -> Any:
    """The answer to a body that no JSON writer would write."""
    return await house.send(
        "POST",
        data=body,
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {key.token}"},
    )


async def listed(house, key, **ask):
    return (await house.ask(key, LIST_PRODUCTS, **ask)).data["products"]


async def found(house, key, **filter):
    """The names of what fits, oldest first, as the list and its count agree on."""
    products = (await house.ask(key, COUNT_PRODUCTS, filter=filter)).data["products"]
    names = [node["name"] for node in reversed(products["nodes"])]
    assert products["totalCount"] == len(names)
    return names
