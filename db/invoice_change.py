"""What makes an invoice, and what lets open ones expire."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from db import audit, event_data, ids, money
from db.actor import Actor, ActorKind, Origin
from db.created import created_by
from db.event import announce
from db.event_type import EventType, Happened
from db.invoice import IS_DUE, TABLE, Details, Invoice, InvoiceStatus
from db.invoice_line import lines_by_ids
from db.invoice_made import MAKE, SHOWN
from db.statement import Connection, Statement, constant

MOST_EXPIRED = 100
CLOCK = Actor(ActorKind.SYSTEM, "system", "Expiry")


class NewLine(NamedTuple):
    """What a line sells, its price in the invoice's currency."""

    product_id: UUID | None
    description: str
    quantity: int
    unit_amount: Decimal


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

    The number's row is held until the commit, so all but the event is one statement with it. A
    rollback gives the number back, which is why a sequence won't do.
    """
    id = ids.new_uuid(origin.now)
    subject = ids.shown(Invoice.PREFIX, id)
    entry = audit.entry_of(origin, "invoice.created", subject)
    products, descriptions, quantities, units = zip(*lines, strict=True)
    totals = list(map(money.times, units, quantities))
    values = _stated(origin, stated) | {
        "organization_id": organization_id,
        "id": id,
        "currency": currency,
        "total_amount": money.total(totals),
        "positions": range(1, len(lines) + 1),
        "product_ids": products,
        "descriptions": descriptions,
        "quantitys": quantities,
        "unit_amounts": units,
        "total_amounts": totals,
    }
    values |= {f"audit_{name}": value for name, value in entry.items()}
    invoice = await MAKE.row(connection, **values)
    sold = [
        event_data.invoice_line(*told, currency)
        for told in zip(descriptions, quantities, units, totals, strict=True)
    ]
    data = event_data.invoice(subject, invoice, sold)
    happened = Happened(EventType.INVOICE_CREATED, subject, data)
    await announce(connection, organization_id, origin, happened)
    return invoice


def _stated(origin: Origin, stated: Mapping[str, Any]) -> dict[str, Any]:
    """What was stated, judged, and who states it; and that there is one invoice more."""
    return {
        "created_at": origin.now,
        "now": origin.now,
        "expires_at": stated.get("expires_at"),
        "labels": stated.get("labels") or {},
        "noun": "invoice",
        "change": 1,
        **vars(Details.model_validate(stated)),
        **created_by(origin.actor),
    }


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
        sold = event_data.invoice_lines(lines.get(invoice.id, []))
        subject = invoice.typeid
        await audit.record(connection, owner, origin, "invoice.expired", subject)
        data = event_data.invoice(subject, invoice, sold)
        happened = Happened(EventType.INVOICE_EXPIRED, subject, data)
        await announce(connection, owner, origin, happened)
