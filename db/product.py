"""Products: what an organization sells."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, cast
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from pydantic import Field as Stated
from sqlalchemy import CheckConstraint, Index, bindparam, func, literal_column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, col, select

from db.asked import PLACE, Flat, each
from db.base import Derived, OwnedRow, moment, search_index, text
from db.limits import Label, Memo, Name
from db.money import Money, moneys
from db.page import Ask, Listing, Page, Sorting
from db.page_asked import BY_TIME, Order
from db.statement import Connection, Statement, table_of
from db.widths import Reads, Wide

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
        search_index("product", SEARCHED),
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

    @classmethod
    def derived(cls) -> Mapping[str, Derived]:
        price = Derived(("price_amount", "price_currency"), moneys, Money)
        return {**super().derived(), "price": price}


TABLE = table_of(Product)
OWNED = select(Product).where(
    col(Product.organization_id) == bindparam("organization_id"),
    col(Product.deleted_at).is_(None),
)
# All that most answers show; and what an invoice shows of what it sold, which is known by its id.
USUAL = frozenset(TABLE.c.keys()) - {"organization_id", "labels", "updated_at", "deleted_at"}
NAMED = frozenset([PLACE, "name"])
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
    frozenset(["search"]),
    (USUAL,),
)
BY_NAME: Order[Product] = Order(
    "name", literal_column(SORTED_NAME, type_=sa.Text), lambda row: row.name, func.lower
)
ORDERS: Mapping[str, Order[Product]] = {"CREATED_AT": BY_TIME, "NAME": BY_NAME}

ONE = Statement(OWNED.where(col(Product.id) == bindparam("id")), Product)
# What a line copies, its price to be reckoned with.
PRICED = Statement(
    cast("Any", OWNED)
    .with_only_columns(TABLE.c.id, TABLE.c.name, TABLE.c.price_amount, TABLE.c.price_currency)
    .where(TABLE.c.id == sa.any_(bindparam("ids", type_=sa.ARRAY(sa.Uuid)))),
    Product,
)
IN_ORDER = Wide(
    each(OWNED, TABLE.c.id, *TABLE.c),
    Product,
    NAMED,
    NAMED | {"id"},
    USUAL | {PLACE},
)
BRIEF = IN_ORDER.fit(NAMED)


async def find(connection: Connection, organization_id: UUID, id: UUID) -> Product | None:
    return await ONE.first(connection, organization_id=organization_id, id=id)


async def priced(
    connection: Connection, organization_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, Product]:
    """The names and prices of some products, and nothing else of them."""
    found = await PRICED.all(connection, organization_id=organization_id, ids=ids)
    return {row.id: row for row in found}


def is_brief(reads: Reads) -> bool:
    """Whether no more of products is read than their names, which may come as often as asked."""
    return IN_ORDER.fit(reads) is BRIEF


def placed(
    connection: Connection, organization_id: UUID, ids: Sequence[UUID], reads: Reads = None
) -> Awaitable[list[Product]]:
    """The products of these ids, in any order; each begins with the place of its id.

    An id that is there twice has its product twice, and a null has none.
    """
    return IN_ORDER.fit(reads).all(connection, organization_id=organization_id, ids=Flat(ids))


def page(
    connection: Connection,
    organization_id: UUID,
    ask: Ask,
    filters: Mapping[str, Any],
    sorting: Sorting[Product],
    reads: Reads = None,
) -> Awaitable[Page[Product]]:
    return LIST.page(connection, organization_id, ask, filters, sorting, reads=reads)


async def count(connection: Connection, organization_id: UUID, filters: Mapping[str, Any]) -> int:
    return await LIST.count(connection, organization_id, filters)
