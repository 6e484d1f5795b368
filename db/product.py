"""Products: what an organization sells."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from pydantic import BaseModel
from pydantic import Field as Stated
from sqlalchemy import CheckConstraint, Index, bindparam, func, literal_column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, col, select

from db import audit, ids, tally
from db.actor import Origin
from db.base import OwnedRow, moment, text
from db.errors import Conflict, NotFound
from db.limits import Label, Memo, Name
from db.money import Money
from db.page import BY_TIME, Ask, Listing, Order, Page, Sorting
from db.statement import Connection, Statement, inserts, returning, table_of, updates

SEARCHED = "lower(name || ' ' || coalesce(sku, '') || ' ' || coalesce(description, ''))"
SORTED_NAME = 'lower(name) COLLATE "C"'


class Details(BaseModel):
    """What a client states about a product, and sees of it."""

    name: Name
    description: Memo | None = None
    sku: Label | None = Stated(None, description="Your own code for it; no two products share one.")
    active: bool = Stated(default=True, description="Whether it is on sale.")


class Product(Details, OwnedRow, table=True):
    __table_args__ = (
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        CheckConstraint("price_amount >= 0", name="price_check"),
        Index(
            "product_sku_key",
            "organization_id",
            "sku",
            unique=True,
            postgresql_where=sa.text("deleted_at IS NULL"),
        ),
        Index(
            "product_list_index",
            "organization_id",
            "id",
            postgresql_where=sa.text("deleted_at IS NULL"),
        ),
        Index("product_name_index", "organization_id", sa.text(SORTED_NAME), "id"),
        Index(
            "product_search_index",
            "organization_id",
            sa.text(f"({SEARCHED}) gin_trgm_ops"),
            postgresql_using="gin",
        ),
    )

    PREFIX: ClassVar[str] = "prod"
    NOUN: ClassVar[str] = "Product"

    price_amount: Decimal = Field(sa_type=sa.Numeric)
    price_currency: str
    image_url: str | None = text(default=None)
    # SQLAlchemy keeps the name `metadata` for itself.
    labels: dict[str, str] = Field(default_factory=dict, sa_type=JSONB)
    updated_at: datetime = moment()
    deleted_at: datetime | None = moment(default=None)

    @property
    def price(self) -> Money:
        return Money(self.price_amount, self.price_currency)


TABLE = table_of(Product)
OWNED = select(Product).where(
    col(Product.organization_id) == bindparam("organization_id"),
    col(Product.deleted_at).is_(None),
)
LIST = Listing(
    Product,
    "product",
    OWNED,
    {
        "active": TABLE.c.active == bindparam("active"),
        "sku": TABLE.c.sku == bindparam("sku"),
        "search": literal_column(SEARCHED).like(
            func.lower(bindparam("search", type_=sa.Text)), escape=None
        ),
    },
)
BY_NAME: Order[Product] = Order(
    "name", literal_column(SORTED_NAME, type_=sa.Text), lambda row: row.name, func.lower
)
ORDERS: Mapping[str, Order[Product]] = {"CREATED_AT": BY_TIME, "NAME": BY_NAME}

ONE = Statement(OWNED.where(col(Product.id) == bindparam("id")), Product)
SOME = Statement(
    OWNED.where(TABLE.c.id == sa.any_(bindparam("ids", type_=sa.ARRAY(sa.Uuid)))), Product
)
LOCKED = Statement(OWNED.where(col(Product.id) == bindparam("id")).with_for_update(), Product)
INSERT = Statement(returning(inserts(Product), Product), Product)
CHANGE = Statement(updates(Product), Product)


async def find(connection: Connection, organization_id: UUID, id: UUID) -> Product | None:
    return await ONE.first(connection, organization_id=organization_id, id=id)


async def by_ids(
    connection: Connection, organization_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, Product]:
    found = await SOME.all(connection, organization_id=organization_id, ids=ids)
    return {row.id: row for row in found}


async def page(
    connection: Connection,
    organization_id: UUID,
    ask: Ask,
    filters: Mapping[str, Any],
    sorting: Sorting[Product],
) -> Page[Product]:
    return await LIST.page(connection, organization_id, ask, filters, sorting)


async def count(connection: Connection, organization_id: UUID, filters: Mapping[str, Any]) -> int:
    return await LIST.count(connection, organization_id, filters)


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
    await audit.record(connection, organization_id, origin, "product.created", product.typeid)
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
    await audit.record(
        connection,
        organization_id,
        origin,
        "product.updated",
        product.typeid,
        {"fields": sorted(stated)},
    )
    return product


async def delete(
    connection: Connection, organization_id: UUID, origin: Origin, id: UUID
) -> Product:
    """Take the product from every list and finder; NotFound where there is none."""
    before = await _get(connection, organization_id, id)
    row = {**before, "deleted_at": origin.now, "updated_at": origin.now}
    product = await CHANGE.row(connection, **row)
    await tally.add(connection, organization_id, "product", -1)
    await audit.record(connection, organization_id, origin, "product.deleted", product.typeid)
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
        raise Conflict(f"Another product has the sku {values['sku']}.") from None
