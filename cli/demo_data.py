"""What the demo organization sells, has invoiced, and may be called by."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from db import api_key_change, audit, invoice_change, organization, product_change
from db.actor import OPERATOR, Origin
from db.api_key import Details as KeyDetails
from db.invoice_change import NewLine
from db.organization import Details, Organization
from db.product import Product
from db.scope import Scope
from db.statement import Connection
from db.token import NewToken

SLUG = "demo"
# Of those that RFC 5737 sets aside for documents: nobody calls from there.
ELSEWHERE = "203.0.113.7"
READING = [scope.value for scope in Scope if scope.endswith(".read")]
PRODUCTS = (
    ("Espresso beans, 1 kg", "BEAN-ESP-1", "24.90", "Dark roast, for machines and moka pots."),
    ("Filter beans, 1 kg", "BEAN-FIL-1", "26.50", "Light roast, washed, from Huila."),
    ("Hand grinder", "GRIND-H1", "89.00", "Steel burrs, 25 g."),
    ("Dripper", "DRIP-02", "18.00", "Ceramic, for one to four cups."),
    ("Filters, 100", "FILT-100", "5.40", "Unbleached paper."),
    ("Gooseneck kettle", "KETT-09", "74.00", "0.9 liters, with a thermometer."),
    ("Barista course", None, "120.00", "An afternoon, in a group of six."),
    ("Subscription box", "BOX-M", "32.00", "Two bags a month. Not on sale at present."),
)
# Who bought, when it expires in days, and what: products by their place above.
INVOICES: tuple[tuple[str, str, int | None, Mapping[int, int]], ...] = (
    ("Ada Bakery", "orders@bakery.test", None, {0: 12, 4: 3}),
    ("Café Жук", "hello@cafe.test", 14, {1: 6, 3: 2, 4: 2}),
    ("Nordic Office", "finance@office.test", 30, {6: 4}),
    ("Walk-in", "someone@walkin.test", 1, {2: 1}),
)
KEYS: Mapping[str, Mapping[str, Any]] = {
    "Full access": {"full_access": True, "granted": [], "rules": []},
    "Read only": {"full_access": False, "granted": READING, "rules": []},
    f"Only from {ELSEWHERE}": {"full_access": True, "granted": [], "rules": [(ELSEWHERE, None)]},
}


async def create(connection: Connection, now: datetime) -> Organization:
    """The organization with its products and invoices, without keys."""
    origin = Origin(OPERATOR, now)
    owner = await organization.create(connection, Details(name="Demo", slug=SLUG), now)
    await audit.record(connection, owner.id, origin, "organization.created", owner.typeid)
    products = [await _product(connection, owner, origin, place) for place in range(len(PRODUCTS))]
    for place, (customer, email, days, bought) in enumerate(INVOICES):
        stated = {
            "customer_name": customer,
            "customer_email": email,
            "memo": "Demo",
            "expires_at": None if days is None else now + timedelta(days=days),
        }
        lines = [_line(products[sold], quantity) for sold, quantity in bought.items()]
        then = _later(origin, place)
        await invoice_change.create(connection, owner.id, then, stated, "EUR", lines)
    return owner


async def _product(
    connection: Connection, owner: Organization, origin: Origin, place: int
) -> Product:
    name, sku, price, description = PRODUCTS[place]
    stated = {
        "name": name,
        "sku": sku,
        "description": description,
        "active": place < len(PRODUCTS) - 1,
        "price_amount": Decimal(price),
        "price_currency": "EUR",
    }
    return await product_change.create(connection, owner.id, _later(origin, place), stated)


def _later(origin: Origin, place: int) -> Origin:
    """A microsecond apart, so that lists show things in the order of their places."""
    return origin._replace(now=origin.now + timedelta(microseconds=place))


def _line(sold: Product, quantity: int) -> NewLine:
    return NewLine(sold.id, sold.name, quantity, sold.price_amount)


async def add_key(
    connection: Connection, owner: Organization, now: datetime, name: str, token: NewToken
) -> None:
    powers = dict(KEYS[name])
    rules = api_key_change.rules_from(powers.pop("rules"), now)
    columns = {**powers, "rules": rules, "expires_at": None}
    details = KeyDetails(name=name, environment="demo")
    origin = Origin(OPERATOR, now)
    await api_key_change.create(connection, owner.id, origin, details, columns, token)
