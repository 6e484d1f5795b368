"""What changes products: each with its audit entry and its event, in the caller's transaction."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import bindparam
from sqlmodel import col

from db import audit, event_data, ids, tally
from db.actor import Origin
from db.errors import Conflict, Fault, NotFound
from db.event import announce
from db.event_type import EventType, Happened
from db.product import OWNED, Product
from db.statement import Connection, Statement, inserts, returning, updates

LOCKED = Statement(OWNED.where(col(Product.id) == bindparam("id")).with_for_update(), Product)
INSERT = Statement(returning(inserts(Product), Product), Product)
CHANGE = Statement(updates(Product), Product)


async def create(
    connection: Connection, organization_id: UUID, origin: Origin, stated: Mapping[str, Any]
) -> Product:
    """A new product; Conflict where another one has the same sku."""
    now = origin.now
    row = Product(
        organization_id=organization_id,
        id=ids.new_uuid(now),
        created_at=now,
        updated_at=now,
        **stated,
    )
    product = await _written(INSERT, connection, row.model_dump())
    await tally.add(connection, organization_id, "product", 1)
    await _tell(connection, origin, EventType.PRODUCT_CREATED, product)
    return product


async def change(
    connection: Connection,
    organization_id: UUID,
    origin: Origin,
    id: UUID,
    stated: Mapping[str, Any],
) -> Product:
    """The product with what is stated in place of what was; NotFound, or Conflict over the sku."""
    before = await _get(connection, organization_id, id)
    product = await _written(CHANGE, connection, {**before, **stated, "updated_at": origin.now})
    changes = {"fields": sorted(stated)}
    await _tell(connection, origin, EventType.PRODUCT_UPDATED, product, changes)
    return product


async def delete(
    connection: Connection, organization_id: UUID, origin: Origin, id: UUID
) -> Product:
    """Take the product from every list and finder; NotFound where there is none."""
    before = await _get(connection, organization_id, id)
    row = {**before, "deleted_at": origin.now, "updated_at": origin.now}
    product = await CHANGE.row(connection, **row)
    await tally.add(connection, organization_id, "product", -1)
    await _tell(connection, origin, EventType.PRODUCT_DELETED, product)
    return product


async def _get(connection: Connection, organization_id: UUID, id: UUID) -> Any:
    row = await LOCKED.first(connection, organization_id=organization_id, id=id)
    if row is None:
        raise NotFound("There is no such product.")
    return row


async def _written(
    query: Statement[Product], connection: Connection, values: Mapping[str, Any]
) -> Product:
    try:
        return await query.row(connection, **values)
    except asyncpg.UniqueViolationError:
        taken = [Fault("input.sku", "is another product's already")]
        raise Conflict(f"Another product has the sku {values['sku']}.", taken) from None


async def _tell(
    connection: Connection,
    origin: Origin,
    type_: EventType,
    product: Product,
    changes: dict[str, Any] | None = None,
) -> None:
    owner, id = product.organization_id, product.typeid
    await audit.record(connection, owner, origin, type_, id, changes)
    await announce(connection, owner, origin, Happened(type_, id, event_data.product(product)))
