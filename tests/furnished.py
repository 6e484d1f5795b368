"""An organization with one object of every noun, for operations that are made up."""

from decimal import Decimal
from uuid import UUID

import db.invoice_change
import db.product_change
from db import ids
from db.actor import OPERATOR, Origin
from db.scope import Scope
from tests.house import House
from tests.recorder import OWNED

PRICE = Decimal("2.50")


async def furnished(house: House, owner: UUID, scope: Scope) -> dict[str, str]:
    """The id of one object of each noun; the key has no more than the scope.

    The invoice sells a product of its own, so that it keeps it.
    """
    now = house.clock()
    origin = Origin(OPERATOR, now)
    stated = {"name": "Tea", "price_amount": PRICE, "price_currency": "EUR"}
    async with house.database.transaction() as connection:
        product = await db.product_change.create(connection, owner, origin, stated)
        sold = await db.product_change.create(connection, owner, origin, stated)
        lines = [db.invoice_change.NewLine(sold.id, "Tea", 2, PRICE)]
        invoice = await db.invoice_change.create(connection, owner, origin, {}, "EUR", lines)
    key = await house.key(owner, [scope])
    return {
        "ApiKey": key.id,
        "Invoice": invoice.typeid,
        "Member": ids.shown("mem", ids.new_uuid(now)),
        "Organization": ids.shown("org", owner),
        "Product": product.typeid,
    }


async def all_of(house: House, owner: UUID) -> dict[str, list[str]]:
    """All rows that belong to an organization, as text."""
    async with house.database.reading() as connection:
        return {
            table: [
                row["text"]
                for row in await connection.fetch(
                    f"SELECT t::text AS text FROM {table} t WHERE organization_id = $1 ORDER BY 1",
                    owner,
                )
            ]
            for table in OWNED
        }
