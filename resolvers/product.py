"""Reading and changing products."""

from typing import Any, NamedTuple

import strawberry

import db.product
import db.product_change
import schema.product as shapes
from db import ids
from db.page import Ask, Sorting
from db.product import ORDERS
from db.scope import Scope
from resolvers.paging import filters_of, shown
from schema.connection import After, Before, Connection, First, Last, Shown
from schema.context import Info
from schema.direct import reads_of
from schema.guards import changing, guarded
from schema.inputs import given

PREFIX = db.product.Product.PREFIX
NEWEST: Sorting[db.product.Product] = Sorting()


class ProductPayload(NamedTuple):
    product: db.product.Product


class DeletedProduct(NamedTuple):
    deleted_product_id: str


def sorting_of(order: shapes.ProductOrder | None) -> Sorting[db.product.Product]:
    if order is None:
        return NEWEST
    return Sorting(ORDERS[order.by], order.direction is shapes.OrderDirection.DESC)


@strawberry.type
class ProductQueries:
    @guarded(shapes.Product | None, Scope.PRODUCTS_READ)
    async def product(self, info: Info, id: strawberry.ID) -> db.product.Product | None:
        context, key = info.context, ids.parsed(PREFIX, id)
        async with context.reading() as connection:
            return await db.product.find(connection, context.organization_id, key)

    @guarded(Connection[shapes.Product], Scope.PRODUCTS_READ, "Newest first.")
    async def products(  # noqa: PLR0913  # the contract's arguments
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: shapes.ProductFilter | None = None,
        order_by: shapes.ProductOrder | None = None,
    ) -> Shown:
        owner, filters = info.context.organization_id, filters_of(filter)
        ask, sorting = Ask(first, after, last, before), sorting_of(order_by)
        reads = reads_of(info)
        return await shown(
            info.context,
            lambda connection: db.product.page(connection, owner, ask, filters, sorting, reads),
            lambda connection: db.product.count(connection, owner, filters),
        )


@strawberry.type
class ProductMutations:
    @changing(shapes.CreateProductPayload | None, Scope.PRODUCTS_CREATE)
    async def create_product(self, info: Info, input: shapes.CreateProductInput) -> ProductPayload:
        context, stated = info.context, columns_of(vars(input))
        async with context.transaction() as connection:
            owner, origin = context.organization_id, context.origin
            return ProductPayload(await db.product_change.create(connection, owner, origin, stated))

    @changing(shapes.UpdateProductPayload | None, Scope.PRODUCTS_UPDATE)
    async def update_product(self, info: Info, input: shapes.UpdateProductInput) -> ProductPayload:
        context, stated = info.context, columns_of(given(input))
        id = ids.parsed(PREFIX, input.id, "input.id")
        async with context.transaction() as connection:
            owner, origin = context.organization_id, context.origin
            return ProductPayload(
                await db.product_change.change(connection, owner, origin, id, stated)
            )

    @changing(shapes.DeleteProductPayload | None, Scope.PRODUCTS_DELETE)
    async def delete_product(self, info: Info, input: shapes.DeleteProductInput) -> DeletedProduct:
        context, id = info.context, ids.parsed(PREFIX, input.id, "input.id")
        async with context.transaction() as connection:
            owner, origin = context.organization_id, context.origin
            product = await db.product_change.delete(connection, owner, origin, id)
        return DeletedProduct(product.typeid)


def columns_of(stated: dict[str, Any]) -> dict[str, Any]:
    """What a client stated, by the names of columns."""
    columns = dict(stated)
    if "price" in columns:
        price = columns.pop("price")
        columns |= {"price_amount": price.amount, "price_currency": price.currency}
    if "labels" in columns:
        columns["labels"] = columns["labels"] or {}
    return columns
