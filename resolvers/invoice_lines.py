"""What the lines of a new invoice sell, and for how much."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
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
    missing: list[Fault] = []
    faults: list[Fault] = []
    made: list[NewLine] = []
    currencies: list[str] = []
    for place, (line, id) in enumerate(zip(lines, wanted, strict=True)):
        product = None if id is None else products.get(id)
        if id is not None and product is None:
            missing.append(Fault(f"input.lines.{place}.productId", "there is no such product"))
            continue
        description, amount, currency = _copied(line, product)
        if description is None or amount is None:
            faults += _without_product(place, line)
        else:
            made.append(NewLine(id, description, line.quantity, amount))
            currencies.append(currency)
    if missing:
        raise NotFound("; ".join(f"{path}: {message}" for path, message in missing), missing)
    if faults:
        raise InvalidInput(faults)
    return made, currencies


def _copied(
    line: InvoiceLineInput, product: Product | None
) -> tuple[str | None, Decimal | None, str]:
    """What the line says itself, else its product."""
    description, price = line.description, line.unit_price
    if description is None and product:
        description = product.name
    if price:
        return description, price.amount, price.currency
    if product:
        return description, product.price_amount, product.price_currency
    return description, None, ""


def _without_product(place: int, line: InvoiceLineInput) -> list[Fault]:
    stated = {"description": line.description, "unitPrice": line.unit_price}
    return [
        Fault(f"input.lines.{place}.{name}", "is needed where no product is named")
        for name, value in stated.items()
        if value is None
    ]


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
