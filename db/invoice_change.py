"""What makes an invoice, and what lets open ones expire."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from db import audit, event_data, ids, money, tally
from db.actor import Actor, ActorKind, Origin
from db.created import created_by
from db.event import announce
from db.event_type import EventType, Happened
from db.invoice import IS_DUE, STATUS, TABLE, Invoice, InvoiceCounter, InvoiceStatus
from db.invoice_line import TABLE as LINES
from db.invoice_line import InvoiceLine, lines_by_ids
from db.statement import Connection, Statement, constant, inserts, statement, table_of

COUNTER = table_of(InvoiceCounter)
TAKEN = insert(COUNTER).values(organization_id=bindparam("organization_id"), last=1)
TAKE_NUMBER = statement(
    TAKEN.on_conflict_do_update(
        index_elements=["organization_id"], set_={"last": COUNTER.c.last + 1}
    ).returning(COUNTER.c.last)
)
SHOWN = (*TABLE.columns, STATUS.label("status"))
INSERT = Statement(inserts(Invoice).returning(*SHOWN), Invoice)
COLUMNS = ["position", "product_id", "description", "quantity", "unit_amount", "total_amount"]
TYPES = {name: LINES.c[name].type for name in COLUMNS}
BATCH = (
    sa.func.unnest(*[bindparam(f"{name}s", type_=sa.ARRAY(kind)) for name, kind in TYPES.items()])
    .table_valued(*COLUMNS)
    .render_derived()
)
INSERT_LINES = Statement(
    sa.insert(LINES)
    .from_select(
        ["organization_id", "invoice_id", "currency", *COLUMNS],
        sa.select(
            bindparam("organization_id", type_=sa.Uuid),
            bindparam("invoice_id", type_=sa.Uuid),
            bindparam("currency", type_=sa.Text),
            *[BATCH.c[name] for name in COLUMNS],
        ),
    )
    .returning(*LINES.columns),
    InvoiceLine,
)
MOST_EXPIRED = 100
CLOCK = Actor(ActorKind.SYSTEM, "system", "Expiry")


class NewLine(NamedTuple):
    """What a line sells, its price in the invoice's currency."""

    product_id: UUID | None
    description: str
    quantity: int
    unit_amount: Decimal

    @property
    def total(self) -> Decimal:
        return money.times(self.unit_amount, self.quantity)


@cache
def _expiring(most: int) -> Statement[Invoice]:
    # The number stands in the statement itself: as a value, a tenth of what is due some day would
    # be planned for, and all invoices read (90 ms in place of 1 among 300,000).
    due = (
        sa.select(TABLE.c.organization_id, TABLE.c.id)
        .where(IS_DUE)
        .order_by(TABLE.c.expires_at)
        .limit(sa.literal_column(str(most), sa.Integer))
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    expired = (
        sa.update(TABLE)
        .where(TABLE.c.organization_id == due.c.organization_id, TABLE.c.id == due.c.id)
        .values(state=constant(InvoiceStatus.EXPIRED))
        .returning(*SHOWN)
    )
    return Statement(expired, Invoice)


EXPIRE = _expiring(MOST_EXPIRED)


async def create(
    connection: Connection,
    organization_id: UUID,
    origin: Origin,
    stated: Mapping[str, Any],
    currency: str,
    lines: Sequence[NewLine],
) -> Invoice:
    """A new invoice, with the next number.

    The number's row is held until the commit, so what can be written before it is. A rollback
    gives the number back, which is why a sequence won't do.
    """
    now = origin.now
    row = Invoice(
        organization_id=organization_id,
        id=ids.new_uuid(now),
        created_at=now,
        number=0,
        currency=currency,
        total_amount=money.total([line.total for line in lines]),
        **created_by(origin.actor),
        **stated,
    )
    await tally.add(connection, organization_id, "invoice", 1)
    await audit.record(connection, organization_id, origin, "invoice.created", row.typeid)
    number = await TAKE_NUMBER.value(connection, organization_id=organization_id)
    invoice = await INSERT.row(connection, **{**row.model_dump(), "number": number}, now=now)
    written = await _insert_lines(connection, row, lines)
    await _announce(connection, origin, EventType.INVOICE_CREATED, invoice, written)
    return invoice


async def _insert_lines(
    connection: Connection, row: Invoice, lines: Sequence[NewLine]
) -> list[InvoiceLine]:
    written = await INSERT_LINES.all(
        connection,
        organization_id=row.organization_id,
        invoice_id=row.id,
        currency=row.currency,
        positions=range(1, len(lines) + 1),
        product_ids=[line.product_id for line in lines],
        descriptions=[line.description for line in lines],
        quantitys=[line.quantity for line in lines],
        unit_amounts=[line.unit_amount for line in lines],
        total_amounts=[line.total for line in lines],
    )
    return sorted(written, key=lambda line: line.position)


async def expire_due(connection: Connection, now: datetime, most: int = MOST_EXPIRED) -> int:
    """Write down that open invoices have expired, of all organizations; how many there were.

    Reads know it without: this makes it something that happened, once for each. Several
    processes may do it at once, for each skips the rows that another one holds.
    """
    expired = await _expiring(most).all(connection, now=now)
    of_owner: dict[UUID, list[Invoice]] = {}
    for invoice in expired:
        of_owner.setdefault(invoice.organization_id, []).append(invoice)
    for owner, invoices in of_owner.items():
        await _tell_expired(connection, owner, now, invoices)
    return len(expired)


async def _tell_expired(
    connection: Connection, owner: UUID, now: datetime, invoices: Sequence[Invoice]
) -> None:
    origin = Origin(CLOCK, now)
    lines = await lines_by_ids(connection, owner, [invoice.id for invoice in invoices])
    for invoice in invoices:
        sold = lines.get(invoice.id, [])
        await audit.record(connection, owner, origin, "invoice.expired", invoice.typeid)
        await _announce(connection, origin, EventType.INVOICE_EXPIRED, invoice, sold)


async def _announce(
    connection: Connection,
    origin: Origin,
    type_: EventType,
    invoice: Invoice,
    lines: Sequence[InvoiceLine],
) -> None:
    happened = Happened(type_, invoice.typeid, event_data.invoice(invoice, lines))
    await announce(connection, invoice.organization_id, origin, happened)
