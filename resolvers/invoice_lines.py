"""What the lines of a new invoice sell, and for how much."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from db import ids
from db.errors import Fault, InvalidInput, NotFound
from db.invoice_change import NewLine
from db.product import Product
from schema.invoice import InvoiceLineInput


def product_ids(lines: Sequence[InvoiceLineInput]) -> list[UUID | None]:
    """The product that each line names, if it does; InvalidInput for ids of anything else."""
    return [
        None
        if line.product_id is None
        else ids.parsed(Product.PREFIX, line.product_id, f"input.lines.{place}.productId")
        for place, line in enumerate(lines)
    ]


def lines_of(
    lines: Sequence[InvoiceLineInput],
    wanted: Sequence[UUID | None],
    products: Mapping[UUID, Product],
) -> tuple[list[NewLine], list[str]]:
    """The lines and the currency of each; NotFound or InvalidInput names every line that isn't."""
    missing = [
        Fault(f"input.lines.{place}.productId", "there is no such product")
        for place, id in enumerate(wanted)
        if id is not None and id not in products
    ]
    if missing:
        raise NotFound("; ".join(f"{path}: {message}" for path, message in missing), missing)
    faults = [
        Fault(f"input.lines.{place}.{name}", "is needed where no product is named")
        for place, line in enumerate(lines)
        for name, value in (("description", line.description), ("unitPrice", line.unit_price))
        if line.product_id is None and value is None
    ]
    if faults:
        raise InvalidInput(faults)
    pairs = [
        _line(line, None if id is None else products[id])
        for line, id in zip(lines, wanted, strict=True)
    ]
    return [line for line, _ in pairs], [currency for _, currency in pairs]


def _line(line: InvoiceLineInput, product: Product | None) -> tuple[NewLine, str]:
    price = product.price if product and line.unit_price is None else line.unit_price
    description = product.name if product and line.description is None else line.description
    assert price is not None, "a line without a product has a price"
    assert description is not None, "a line without a product has a description"
    id = product.id if product else None
    return NewLine(id, description, line.quantity, price.amount), price.currency


def one_currency(currencies: Sequence[str]) -> str:
    """The currency of all lines; InvalidInput names the lines that have another one."""
    first = currencies[0]
    faults = [
        Fault(f"input.lines.{place}.unitPrice.currency", f"must be {first}, as in the first line")
        for place, currency in enumerate(currencies)
        if currency != first
    ]
    if faults:
        raise InvalidInput(faults)
    return first
