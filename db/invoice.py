"""Invoices: numbered without gaps, with lines that copy what was sold."""

from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from sqlalchemy import CheckConstraint, Index, bindparam, func, literal_column
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from db.base import TEXTS, Derived, Row, moment, search_index, text
from db.created import CreatedRow
from db.limits import Email, Memo, Name
from db.money import Money, moneys
from db.page import Ask, Listing, Page, Sorting
from db.statement import Connection, Statement, constant, table_of
from db.widths import Reads

# The number as it is shown, then what people remember of an invoice.
SEARCHED = (
    "lower('INV-' || lpad(number::text, greatest(6, length(number::text)), '0')"
    " || ' ' || coalesce(customer_name, '') || ' ' || coalesce(customer_email, '')"
    " || ' ' || coalesce(memo, ''))"
)


class InvoiceStatus(StrEnum):
    OPEN = "OPEN"
    PAID = "PAID"
    EXPIRED = "EXPIRED"
    VOID = "VOID"


class Details(BaseModel):
    """What a client states about an invoice, and sees of it."""

    customer_name: Name | None = None
    customer_email: Email | None = None
    memo: Memo | None = None


class Invoice(Details, CreatedRow, table=True):
    __table_args__ = (
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        CheckConstraint("state IN ('OPEN', 'PAID', 'EXPIRED', 'VOID')", name="state_check"),
        Index("invoice_number_key", "organization_id", "number", unique=True),
        Index("invoice_state_index", "organization_id", "state", "id"),
        Index("invoice_created_index", "organization_id", "created_at"),
        Index(
            "invoice_due_index",
            "expires_at",
            postgresql_where=sa.text("state = 'OPEN' AND expires_at IS NOT NULL"),
        ),
        search_index("invoice", SEARCHED),
    )

    PREFIX: ClassVar[str] = "inv"
    NOUN: ClassVar[str] = "Invoice"

    number: int = Field(sa_type=sa.BigInteger)
    # As last written; `status` also knows what has expired since.
    state: InvoiceStatus = text(default=InvoiceStatus.OPEN)
    currency: str
    total_amount: Decimal = Field(sa_type=sa.Numeric)
    labels: dict[str, str] = Field(default_factory=dict, sa_type=JSONB)
    expires_at: datetime | None = moment(default=None)
    paid_at: datetime | None = moment(default=None)
    paid_late: bool = False

    @property
    def shown_number(self) -> str:
        return f"INV-{self.number:06}"

    @property
    def total(self) -> Money:
        return Money(self.total_amount, self.currency)

    @classmethod
    def derived(cls) -> Mapping[str, Derived]:
        total = Derived(("total_amount", "currency"), moneys, Money)
        number = Derived(("number",), shown_numbers, sure=TEXTS)
        return {**super().derived(), "total": total, "shown_number": number}


def shown_numbers(numbers: Sequence[int]) -> list[str]:
    # One by one it would take twice the time.
    return ("INV-%06d " * len(numbers) % tuple(numbers)).split()


class InvoiceCounter(Row, table=True):
    """The last number that each organization has given."""

    organization_id: UUID = Field(primary_key=True)
    last: int = Field(sa_type=sa.BigInteger)


TABLE = table_of(Invoice)
NOW = bindparam("now", type_=sa.DateTime(timezone=True))
IS_OPEN = TABLE.c.state == constant(InvoiceStatus.OPEN)
IS_DUE = IS_OPEN & (TABLE.c.expires_at <= NOW)
STATUS = sa.case((IS_DUE, constant(InvoiceStatus.EXPIRED)), else_=TABLE.c.state)
OWNED = sa.select(TABLE, STATUS.label("status")).where(
    TABLE.c.organization_id == bindparam("organization_id")
)
# What lists of invoices show of each, and all that most answers show. Without time and status it
# takes 35 us of CPU to read 20, and 55 us with them.
TITLE = frozenset(["id", "number", "currency", "total_amount"])
SUMMARY = TITLE | {"created_at", "status"}
USUAL = frozenset(TABLE.c.keys()) - {"organization_id", "labels", "state"} | {"status"}
LIST = Listing(
    Invoice,
    "invoice",
    OWNED,
    {
        "status:OPEN": IS_OPEN & (TABLE.c.expires_at.is_(None) | (TABLE.c.expires_at > NOW)),
        "status:PAID": TABLE.c.state == constant(InvoiceStatus.PAID),
        "status:EXPIRED": (TABLE.c.state == constant(InvoiceStatus.EXPIRED)) | IS_DUE,
        "status:VOID": TABLE.c.state == constant(InvoiceStatus.VOID),
        "search": literal_column(SEARCHED).like(func.lower(bindparam("search", type_=sa.Text))),
        "created_after": TABLE.c.created_at > bindparam("created_after"),
        "created_before": TABLE.c.created_at < bindparam("created_before"),
    },
    frozenset(["search", "status:EXPIRED"]),
    (TITLE, SUMMARY, USUAL),
)
ONE = Statement(OWNED.where(TABLE.c.id == bindparam("id")), Invoice)


async def find(
    connection: Connection, organization_id: UUID, id: UUID, now: datetime
) -> Invoice | None:
    return await ONE.first(connection, organization_id=organization_id, id=id, now=now)


def page(  # noqa: PLR0913  # what a list can be asked, and the time
    connection: Connection,
    organization_id: UUID,
    ask: Ask,
    filters: Mapping[str, Any],
    sorting: Sorting[Invoice],
    *,
    now: datetime,
    reads: Reads = None,
) -> Awaitable[Page[Invoice]]:
    return LIST.page(connection, organization_id, ask, filters, sorting, reads=reads, now=now)


async def count(
    connection: Connection, organization_id: UUID, filters: Mapping[str, Any], now: datetime
) -> int:
    return await LIST.count(connection, organization_id, filters, now=now)
