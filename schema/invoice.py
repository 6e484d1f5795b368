"""Invoices as clients state them and see them."""

from datetime import datetime
from typing import Annotated

import strawberry
import strawberry.pydantic
from pydantic import BaseModel, Field

import db.invoice
import db.invoice_line
import db.product
from db.asked import lists_of, one_each
from db.invoice import InvoiceStatus
from db.limits import Name, Search
from schema.actor import Actor
from schema.batch import Sparing
from schema.guards import nested_by
from schema.ids import ProductId
from schema.inputs import MaybeLabels, MaybeTime
from schema.money import Money, MoneyInput
from schema.node import Node
from schema.product import Product
from schema.scalars import Metadata
from schema.scope import Scope

strawberry.enum(
    InvoiceStatus,
    description="OPEN until paid, voided or past expiresAt; PAID and VOID are final, EXPIRED "
    "unless it is paid late.",
)
MOST_LINES = 100
MOST_PIECES = 2**31 - 1


@strawberry.pydantic.type(
    description="A copy of the product's name and price at the time; the product may change or go."
)
class InvoiceLine(BaseModel):
    description: str
    quantity: int
    unit_price: Money
    total: Money

    product = nested_by(
        "product_id",
        Product | None,
        Scope.PRODUCTS_READ,
        Sparing(db.product.placed, one_each, db.product.is_brief),
        "null once it is deleted.",
    )


@strawberry.pydantic.type(description="What a customer is asked to pay.")
class Invoice(db.invoice.Details, Node):
    shown_number: Annotated[
        str,
        strawberry.field(name="number", description="Per organization, without gaps: INV-000001."),
    ]
    status: InvoiceStatus
    total: Money
    created_at: datetime
    expires_at: datetime | None
    paid_at: datetime | None
    paid_late: bool = Field(description="Paid after it had expired.")
    created_by: Actor
    labels: Annotated[Metadata, strawberry.field(name="metadata")]

    lines = nested_by("id", list[InvoiceLine], None, Sparing(db.invoice_line.placed, lists_of))


@strawberry.pydantic.input
class InvoiceFilter(BaseModel):
    status: InvoiceStatus | None = None
    search: Search | None = Field(
        None, description="A part of the number, the customer's name or e-mail, or the memo."
    )
    created_after: MaybeTime = Field(None, description="Exclusive.")
    created_before: MaybeTime = Field(None, description="Exclusive.")


@strawberry.pydantic.input(description="Names a product, or a description and a price.")
class InvoiceLineInput(BaseModel):
    product_id: ProductId | None = None
    description: Name | None = Field(None, description="Left out: the product's name.")
    quantity: Annotated[int, Field(ge=1, le=MOST_PIECES)] = 1
    unit_price: MoneyInput | None = Field(None, description="Left out: the product's price.")


@strawberry.pydantic.input
class CreateInvoiceInput(db.invoice.Details):
    lines: Annotated[list[InvoiceLineInput], Field(min_length=1, max_length=MOST_LINES)] = Field(
        description="1 to 100; each names a product, or a description and a price; one currency."
    )
    expires_at: MaybeTime = None
    labels: Annotated[MaybeLabels, strawberry.field(name="metadata")] = None


@strawberry.type
class CreateInvoicePayload:
    invoice: Invoice
