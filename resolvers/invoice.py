"""Reading and creating invoices."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import strawberry

import db.invoice
import db.invoice_change
import db.product
import schema.invoice as shapes
from db import ids
from db.errors import Fault, InvalidInput
from db.page import Ask, Sorting
from db.scope import Scope
from resolvers.invoice_lines import lines_of, one_currency, product_ids
from resolvers.paging import filters_of, shown
from schema.connection import After, Before, Connection, First, Last, Shown
from schema.context import Info
from schema.direct import reads_of
from schema.guards import changing, guarded

PREFIX = db.invoice.Invoice.PREFIX
NEWEST: Sorting[db.invoice.Invoice] = Sorting()


class InvoicePayload(NamedTuple):
    invoice: db.invoice.Invoice


@strawberry.type
class InvoiceQueries:
    @guarded(shapes.Invoice | None, Scope.INVOICES_READ)
    async def invoice(self, info: Info, id: strawberry.ID) -> db.invoice.Invoice | None:
        context, key = info.context, ids.parsed(PREFIX, id)
        async with context.reading() as connection:
            owner = context.organization_id
            return await db.invoice.find(connection, owner, key, context.now)

    @guarded(Connection[shapes.Invoice], Scope.INVOICES_READ, "Newest first.")
    async def invoices(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: shapes.InvoiceFilter | None = None,
    ) -> Shown:
        owner, now, filters = info.context.organization_id, info.context.now, filters_of(filter)
        ask, reads = Ask(first, after, last, before), reads_of(info)
        return await shown(
            info.context,
            lambda connection: db.invoice.page(
                connection, owner, ask, filters, NEWEST, now=now, reads=reads
            ),
            lambda connection: db.invoice.count(connection, owner, filters, now),
        )


@strawberry.type
class InvoiceMutations:
    @changing(
        shapes.CreateInvoicePayload | None,
        Scope.INVOICES_CREATE,
        "Lines copy the product's name and price as they are now.",
    )
    async def create_invoice(self, info: Info, input: shapes.CreateInvoiceInput) -> InvoicePayload:
        context, owner = info.context, info.context.organization_id
        must_be_later(input.expires_at, context.now)
        wanted: list[UUID | None] = product_ids(input.lines)
        stated: dict[str, Any] = {
            "customer_name": input.customer_name,
            "customer_email": input.customer_email,
            "memo": input.memo,
            "expires_at": input.expires_at,
            "labels": input.labels or {},
        }
        async with context.transaction() as connection:
            named = [id for id in wanted if id is not None]
            products = await db.product.priced(connection, owner, named) if named else {}
            lines, currencies = lines_of(input.lines, wanted, products)
            currency = one_currency(currencies)
            return InvoicePayload(
                await db.invoice_change.create(
                    connection, owner, context.origin, stated, currency, lines
                )
            )


def must_be_later(time: datetime | None, now: datetime) -> None:
    if time is not None and time <= now:
        raise InvalidInput([Fault("input.expiresAt", "must be in the future")])
