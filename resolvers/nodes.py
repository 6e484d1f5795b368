"""Any object by its id."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import db.api_key
import db.delivery_list
import db.invoice
import db.notification
import db.notification_list
import db.organization
import db.product
import db.webhook
from access.errors import MissingScope
from db import ids
from db.delivery import WebhookDelivery
from db.errors import InvalidInput
from db.statement import Connection
from schema.context import Context
from schema.read import KINDS

Find = Callable[[Connection, Context, UUID], Awaitable[Any]]


async def _api_key(connection: Connection, context: Context, id: UUID) -> Any:
    return await db.api_key.find(connection, context.organization_id, id, context.now)


async def _invoice(connection: Connection, context: Context, id: UUID) -> Any:
    return await db.invoice.find(connection, context.organization_id, id, context.now)


async def _notification(connection: Connection, context: Context, id: UUID) -> Any:
    return await db.notification_list.find(connection, context.organization_id, id)


async def _organization(connection: Connection, context: Context, id: UUID) -> Any:
    own = context.organization_id
    return await db.organization.find(connection, own) if id == own else None


async def _product(connection: Connection, context: Context, id: UUID) -> Any:
    return await db.product.find(connection, context.organization_id, id)


async def _webhook(connection: Connection, context: Context, id: UUID) -> Any:
    return await db.webhook.find(connection, context.organization_id, id, context.now)


async def _webhook_delivery(connection: Connection, context: Context, id: UUID) -> Any:
    return await db.delivery_list.find(connection, context.organization_id, id)


FINDERS: dict[str, Find] = {
    db.api_key.ApiKey.PREFIX: _api_key,
    db.invoice.Invoice.PREFIX: _invoice,
    db.notification.Notification.PREFIX: _notification,
    db.organization.Organization.PREFIX: _organization,
    db.product.Product.PREFIX: _product,
    db.webhook.Webhook.PREFIX: _webhook,
    WebhookDelivery.PREFIX: _webhook_delivery,
}


async def find_node(context: Context, id: str) -> Any:
    """The object, or None where it isn't the caller's; asks for the read scope of its type."""
    prefix = ids.prefix_of(id)
    kind, find = KINDS.get(prefix), FINDERS.get(prefix)
    if kind is None:
        known = ", ".join(f"{prefix}_" for prefix in KINDS)
        raise InvalidInput.at("id", f"must begin with one of {known}")
    key = ids.parsed(prefix, id)
    if kind.scope is not None and kind.scope not in context.caller.key.scopes:
        raise MissingScope.at("Query.node", kind.scope)
    if find is None:
        return None
    async with context.reading() as connection:
        return await find(connection, context, key)
