"""The lines of invoices: copies of what was sold."""

from collections.abc import Awaitable, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from operator import attrgetter
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, bindparam
from sqlmodel import Field

from db.asked import ASKED, PLACE, Flat, each
from db.base import Derived, Row
from db.money import Money, moneys
from db.statement import Connection, Statement, table_of
from db.widths import Reads, Wide


class InvoiceLine(Row, table=True):
    """What one line sold: a copy, for the product may change or go."""

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["organization_id", "invoice_id"], ["invoice.organization_id", "invoice.id"]
        ),
        CheckConstraint("quantity > 0", name="quantity_check"),
    )

    organization_id: UUID = Field(primary_key=True)
    invoice_id: UUID = Field(primary_key=True)
    position: int = Field(primary_key=True)
    product_id: UUID | None = None
    description: str
    quantity: int
    unit_amount: Decimal = Field(sa_type=sa.Numeric)
    total_amount: Decimal = Field(sa_type=sa.Numeric)
    currency: str

    @property
    def unit_price(self) -> Money:
        return Money(self.unit_amount, self.currency)

    @property
    def total(self) -> Money:
        return Money(self.total_amount, self.currency)

    @classmethod
    def derived(cls) -> Mapping[str, Derived]:
        return {
            "unit_price": Derived(("unit_amount", "currency"), moneys, Money),
            "total": Derived(("total_amount", "currency"), moneys, Money),
        }


TABLE = table_of(InvoiceLine)
# The line itself, and with its amounts.
SOLD = frozenset([PLACE, "product_id", "description", "quantity"])
PRICED = SOLD | {"unit_amount", "total_amount", "currency"}
OWNED = sa.select(TABLE).where(TABLE.c.organization_id == bindparam("organization_id"))
IN_ORDER = Wide(
    each(OWNED, TABLE.c.invoice_id, *TABLE.c).order_by(ASKED.c.place, TABLE.c.position),
    InvoiceLine,
    SOLD,
    PRICED,
)
LINES_OF = Statement(
    OWNED.where(TABLE.c.invoice_id == sa.any_(bindparam("ids", type_=sa.ARRAY(sa.Uuid)))).order_by(
        TABLE.c.invoice_id, TABLE.c.position
    ),
    InvoiceLine,
)


async def lines_by_ids(
    connection: Connection, organization_id: UUID, ids: Sequence[UUID]
) -> dict[UUID, list[InvoiceLine]]:
    """The lines of each of the invoices, in their order."""
    lines = await LINES_OF.all(connection, organization_id=organization_id, ids=ids)
    return {id: list(some) for id, some in groupby(lines, attrgetter("invoice_id"))}


def placed(
    connection: Connection, organization_id: UUID, ids: Sequence[UUID], reads: Reads = None
) -> Awaitable[list[InvoiceLine]]:
    """The lines of the first invoice, then of the second one, and so on.

    Each begins with the place of its invoice among the ids.
    """
    return IN_ORDER.fit(reads).all(connection, organization_id=organization_id, ids=Flat(ids))
