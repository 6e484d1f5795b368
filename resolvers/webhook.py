"""Reading webhooks, and changing where events are sent."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import strawberry

import db.delivery_list
import db.webhook
import db.webhook_change as changes
import schema.webhook as shapes
from access.webhook_secret import new_secret, shown_secret
from db import ids
from db.delivery import WebhookDelivery
from db.page import Ask, Sorting
from db.scope import Scope
from db.webhook import WebhookStatus
from db.webhook_lock import lock
from resolvers.giving import locked
from resolvers.paging import shown
from resolvers.webhook_powers import (
    leads_elsewhere,
    must_be_callable,
    must_be_settled,
    must_read,
    newly_sent,
    sent,
)
from schema.connection import After, Before, Connection, First, Last, Shown
from schema.context import Context, Info
from schema.delivery import TestWebhookPayload
from schema.guards import changing, guarded
from schema.inputs import given

PREFIX = db.webhook.Webhook.PREFIX
NEWEST: Sorting[db.webhook.Webhook] = Sorting()


class WebhookPayload(NamedTuple):
    webhook: db.webhook.Webhook


class SecretPayload(NamedTuple):
    webhook: db.webhook.Webhook
    secret: str


class DeliveryPayload(NamedTuple):
    delivery: WebhookDelivery | None


class DeletedWebhook(NamedTuple):
    deleted_webhook_id: str


@strawberry.type
class WebhookQueries:
    @guarded(shapes.Webhook | None, Scope.WEBHOOKS_READ)
    async def webhook(self, info: Info, id: strawberry.ID) -> db.webhook.Webhook | None:
        context, key = info.context, ids.parsed(PREFIX, id)
        async with context.reading() as connection:
            owner = context.organization_id
            return await db.webhook.find(connection, owner, key, context.now)

    @guarded(Connection[shapes.Webhook], Scope.WEBHOOKS_READ, "Newest first.")
    async def webhooks(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Shown:
        owner, now, ask = (
            info.context.organization_id,
            info.context.now,
            Ask(first, after, last, before),
        )
        return await shown(
            info.context,
            lambda connection: db.webhook.page(connection, owner, ask, {}, NEWEST, now=now),
            lambda connection: db.webhook.count(connection, owner, {}),
        )


@strawberry.type
class WebhookMutations:
    @changing(shapes.CreateWebhookPayload | None, Scope.WEBHOOKS_CREATE)
    async def create_webhook(self, info: Info, input: shapes.CreateWebhookInput) -> SecretPayload:
        context, id = info.context, ids.new_uuid(info.context.now)
        must_be_callable(input.url, context.house.webhook_networks)
        secret, sealed = secret_for(context, id)
        stated = {**vars(input), "secret": sealed}
        async with context.transaction() as connection:
            own, _ = await locked(context, connection, Scope.WEBHOOKS_CREATE)
            must_read(sent(input.event_types or ()), own)
            owner, origin = context.organization_id, context.origin
            webhook = await changes.create(connection, owner, origin, id, stated)
        return SecretPayload(webhook, shown_secret(secret))

    @changing(shapes.UpdateWebhookPayload | None, Scope.WEBHOOKS_UPDATE)
    async def update_webhook(self, info: Info, input: shapes.UpdateWebhookInput) -> WebhookPayload:
        context, stated = info.context, columns_of(given(input))
        id = ids.parsed(PREFIX, input.id, "input.id")
        if "url" in stated:
            must_be_callable(stated["url"], context.house.webhook_networks)
        async with context.transaction() as connection:
            own, _ = await locked(context, connection, Scope.WEBHOOKS_UPDATE)
            before = await lock(connection, context.organization_id, id)
            must_read(newly_sent(before, stated), own)
            if leads_elsewhere(before, stated):
                owner = context.organization_id
                must_read(await db.delivery_list.types_for(connection, owner, id), own)
                must_be_settled(before, own, context.now)
            return WebhookPayload(await changes.change(connection, context.origin, before, stated))

    @changing(
        shapes.RotateWebhookSecretPayload | None,
        Scope.WEBHOOKS_UPDATE,
        "A new secret; the present one signs too while they overlap.",
    )
    async def rotate_webhook_secret(
        self, info: Info, input: shapes.RotateWebhookSecretInput
    ) -> SecretPayload:
        context, id = info.context, ids.parsed(PREFIX, input.id, "input.id")
        seconds = input.overlap_seconds
        overlap = timedelta(seconds=shapes.A_DAY_SECONDS if seconds is None else seconds)
        secret, sealed = secret_for(context, id)
        async with context.transaction() as connection:
            webhook = await changes.rotate_secret(
                connection,
                context.organization_id,
                context.origin,
                id,
                sealed,
                context.now + overlap,
            )
        return SecretPayload(webhook, shown_secret(secret))

    @changing(TestWebhookPayload | None, Scope.WEBHOOKS_UPDATE, "Queues one webhook.test event.")
    async def test_webhook(self, info: Info, input: shapes.TestWebhookInput) -> DeliveryPayload:
        context, id = info.context, ids.parsed(PREFIX, input.id, "input.id")
        async with context.transaction() as connection:
            owner, origin = context.organization_id, context.origin
            made = await changes.test(connection, owner, origin, id)
            return DeliveryPayload(await db.delivery_list.find(connection, owner, made))

    @changing(shapes.DeleteWebhookPayload | None, Scope.WEBHOOKS_DELETE)
    async def delete_webhook(self, info: Info, input: shapes.DeleteWebhookInput) -> DeletedWebhook:
        context, id = info.context, ids.parsed(PREFIX, input.id, "input.id")
        async with context.transaction() as connection:
            owner, origin = context.organization_id, context.origin
            webhook = await changes.delete(connection, owner, origin, id)
        return DeletedWebhook(webhook.typeid)


def secret_for(context: Context, id: UUID) -> tuple[bytes, bytes]:
    """A new secret, and the same as the webhook's row keeps it."""
    secret = new_secret()
    return secret, context.house.encryption.encrypt(secret, id.bytes)


def columns_of(stated: dict[str, Any]) -> dict[str, Any]:
    """What a client stated, by the names of columns."""
    columns = dict(stated)
    if "enabled" in columns:
        enabled = columns.pop("enabled")
        columns["status"] = WebhookStatus.ENABLED if enabled else WebhookStatus.DISABLED
    return columns
