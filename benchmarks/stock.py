"""The same operations with Strawberry and SQLModel, as their documents show them."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import strawberry
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlmodel import col, select
from strawberry.dataloader import DataLoader
from strawberry.permission import BasePermission

import db.invoice
import db.invoice_line
import db.product
from benchmarks.by_hand_keys import Known
from db.scope import Scope

Maker = async_sessionmaker[AsyncSession]
Info = strawberry.Info["Context", None]


class Context:
    """One request: its sessions, and DataLoaders for what leads on to other rows."""

    def __init__(self, maker: Maker, caller: Known) -> None:
        self.maker, self.owner, self.scopes = maker, caller.organization_id, caller.scopes
        self.lines = DataLoader[UUID, list["InvoiceLine"]](self._lines)
        self.products = DataLoader[UUID, "ProductName | None"](self._products)

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncSession]:
        async with self.maker() as session:
            yield session

    async def _lines(self, ids: list[UUID]) -> Sequence[list["InvoiceLine"]]:
        line = db.invoice_line.InvoiceLine
        query = select(line).where(
            col(line.organization_id) == self.owner, col(line.invoice_id).in_(ids)
        )
        found: dict[UUID, list[InvoiceLine]] = {id: [] for id in ids}
        async with self.session() as session:
            for row in await session.scalars(query.order_by(col(line.position))):
                found[row.invoice_id].append(InvoiceLine.marshal(row))
        return list(found.values())

    async def _products(self, ids: list[UUID]) -> Sequence["ProductName | None"]:
        product = db.product.Product
        query = select(product).where(
            col(product.organization_id) == self.owner,
            col(product.deleted_at).is_(None),
            col(product.id).in_(ids),
        )
        async with self.session() as session:
            found = {row.id: ProductName(name=row.name) for row in await session.scalars(query)}
        return [found.get(id) for id in ids]


@strawberry.type
class Money:
    amount: str
    currency: str


@strawberry.type
class ProductName:
    name: str


@strawberry.type
class Product(ProductName):
    id: strawberry.ID
    description: str | None
    sku: str | None
    active: bool
    price: Money
    image_url: str | None
    created_at: str

    @classmethod
    def marshal(cls, row: db.product.Product) -> "Product":
        return cls(
            id=strawberry.ID(row.typeid),
            name=row.name,
            description=row.description,
            sku=row.sku,
            active=row.active,
            price=Money(amount=f"{row.price_amount:f}", currency=row.price_currency),
            image_url=row.image_url,
            created_at=row.created_at.isoformat().replace("+00:00", "Z"),
        )


@strawberry.type
class InvoiceLine:
    description: str
    quantity: int
    product_id: strawberry.Private[UUID]

    @strawberry.field
    async def product(self, info: Info) -> ProductName | None:
        return await info.context.products.load(self.product_id)

    @classmethod
    def marshal(cls, row: db.invoice_line.InvoiceLine) -> "InvoiceLine":
        assert row.product_id, "every line here sells a product"
        return cls(description=row.description, quantity=row.quantity, product_id=row.product_id)


@strawberry.type
class Invoice:
    number: str
    total: Money
    key: strawberry.Private[UUID]

    @strawberry.field
    async def lines(self, info: Info) -> list[InvoiceLine]:
        return await info.context.lines.load(self.key)

    @classmethod
    def marshal(cls, row: db.invoice.Invoice) -> "Invoice":
        total = Money(amount=f"{row.total_amount:f}", currency=row.currency)
        return cls(number=row.shown_number, total=total, key=row.id)


@strawberry.type
class Products:
    nodes: list[Product]


@strawberry.type
class Invoices:
    nodes: list[Invoice]


class HasScope(BasePermission):
    """Whether the caller may do it, which each field asks by a class of its own."""

    scope: Scope

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        return self.scope in info.context.scopes


class ReadsProducts(HasScope):
    scope = Scope.PRODUCTS_READ
    message = "This needs the scope products.read."


class ReadsInvoices(HasScope):
    scope = Scope.INVOICES_READ
    message = "This needs the scope invoices.read."


@strawberry.type
class Query:
    @strawberry.field(permission_classes=[ReadsProducts])
    async def products(self, info: Info, first: int) -> Products:
        product = db.product.Product
        query = select(product).where(
            col(product.organization_id) == info.context.owner,
            col(product.deleted_at).is_(None),
        )
        async with info.context.session() as session:
            rows = await session.scalars(query.order_by(col(product.id).desc()).limit(first))
        return Products(nodes=[Product.marshal(row) for row in rows])

    @strawberry.field(permission_classes=[ReadsInvoices])
    async def invoices(self, info: Info, first: int) -> Invoices:
        invoice = db.invoice.Invoice
        query = select(invoice).where(col(invoice.organization_id) == info.context.owner)
        async with info.context.session() as session:
            rows = await session.scalars(query.order_by(col(invoice.id).desc()).limit(first))
        return Invoices(nodes=[Invoice.marshal(row) for row in rows])
