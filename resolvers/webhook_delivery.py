"""Looking into the queue of deliveries, and sending again or not at all what is in it."""

from typing import Any, NamedTuple

import strawberry

import db.delivery_change
import db.delivery_list
import db.delivery_recovery
import schema.delivery as shapes
from db import ids
from db.delivery import WebhookDelivery
from db.page import Ask
from db.scope import Scope
from db.webhook import Webhook
from resolvers.paging import filters_of, shown
from schema.connection import After, Before, Connection, First, Last, Shown
from schema.context import Info
from schema.guards import changing, guarded

PREFIX = WebhookDelivery.PREFIX


class DeliveryPayload(NamedTuple):
    delivery: WebhookDelivery


class Retried(NamedTuple):
    retried: int


@strawberry.type
class WebhookDeliveryQueries:
    @guarded(shapes.WebhookDelivery | None, Scope.WEBHOOKS_QUEUE_READ)
    async def webhook_delivery(self, info: Info, id: strawberry.ID) -> WebhookDelivery | None:
        context, key = info.context, ids.parsed(PREFIX, id)
        async with context.reading() as connection:
            return await db.delivery_list.find(connection, context.organization_id, key)

    @guarded(Connection[shapes.WebhookDelivery], Scope.WEBHOOKS_QUEUE_READ, "Newest first.")
    async def webhook_deliveries(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: shapes.WebhookDeliveryFilter | None = None,
    ) -> Shown:
        owner, filters = info.context.organization_id, conditions_of(filter)
        ask = Ask(first, after, last, before)
        return await shown(
            info.context,
            lambda connection: db.delivery_list.page(connection, owner, ask, filters),
            lambda connection: db.delivery_list.count(connection, owner, filters),
        )


@strawberry.type
class WebhookDeliveryMutations:
    @changing(
        shapes.RetryWebhookDeliveryPayload | None,
        Scope.WEBHOOKS_QUEUE_UPDATE,
        "Sends a failed, cancelled or delivered one again, now.",
    )
    async def retry_webhook_delivery(
        self, info: Info, input: shapes.RetryWebhookDeliveryInput
    ) -> DeliveryPayload:
        context, id = info.context, ids.parsed(PREFIX, input.id, "input.id")
        async with context.transaction() as connection:
            owner, origin = context.organization_id, context.origin
            return DeliveryPayload(await db.delivery_change.retry(connection, owner, origin, id))

    @changing(
        shapes.RetryFailedWebhookDeliveriesPayload | None,
        Scope.WEBHOOKS_QUEUE_UPDATE,
        "Sends all again that has failed for a webhook since a time, in the background.",
    )
    async def retry_failed_webhook_deliveries(
        self, info: Info, input: shapes.RetryFailedWebhookDeliveriesInput
    ) -> Retried:
        context = info.context
        webhook_id = ids.parsed(Webhook.PREFIX, input.webhook_id, "input.webhookId")
        async with context.transaction() as connection:
            owner, origin = context.organization_id, context.origin
            retry_failed = db.delivery_recovery.retry_failed
            return Retried(await retry_failed(connection, owner, origin, webhook_id, input.since))

    @changing(shapes.CancelWebhookDeliveryPayload | None, Scope.WEBHOOKS_QUEUE_UPDATE)
    async def cancel_webhook_delivery(
        self, info: Info, input: shapes.CancelWebhookDeliveryInput
    ) -> DeliveryPayload:
        context, id = info.context, ids.parsed(PREFIX, input.id, "input.id")
        async with context.transaction() as connection:
            owner, origin = context.organization_id, context.origin
            return DeliveryPayload(await db.delivery_change.cancel(connection, owner, origin, id))


def conditions_of(filter: shapes.WebhookDeliveryFilter | None) -> dict[str, Any]:
    """The conditions that a client gave, with the webhook's id as the rows have it."""
    filters = filters_of(filter)
    if "webhook_id" in filters:
        path = "filter.webhookId"
        filters["webhook_id"] = ids.parsed(Webhook.PREFIX, filters["webhook_id"], path)
    return filters
