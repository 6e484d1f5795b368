"""What notifications are about, whatever its type: in one statement for each type."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Select, bindparam

import db.api_key
import db.invoice
import db.product
import db.webhook
from db.base import OwnedRow
from db.ids import parsed, prefix_of
from db.statement import Connection, Statement, table_of


def _some(kind: type[OwnedRow], owned: Select[Any]) -> Statement[Any]:
    return Statement(
        owned.where(table_of(kind).c.id == sa.any_(bindparam("ids", type_=sa.ARRAY(sa.Uuid)))), kind
    )


SOME: Final = {
    kind.PREFIX: _some(kind, owned)
    for kind, owned in (
        (db.api_key.ApiKey, db.api_key.OWNED),
        (db.invoice.Invoice, db.invoice.OWNED),
        (db.product.Product, db.product.OWNED),
        (db.webhook.Webhook, db.webhook.OWNED),
    )
}


async def by_typeids(
    connection: Connection, organization_id: UUID, typeids: Sequence[str], now: datetime
) -> dict[str, Any]:
    """The objects that are still there, each by its TypeID."""
    wanted: dict[str, list[UUID]] = {}
    for typeid in typeids:
        prefix = prefix_of(typeid)
        wanted.setdefault(prefix, []).append(parsed(prefix, typeid))
    found: dict[str, Any] = {}
    for prefix, ids in wanted.items():
        rows = await SOME[prefix].all(connection, organization_id=organization_id, ids=ids, now=now)
        found |= {row.typeid: row for row in rows}
    return found
