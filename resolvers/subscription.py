"""What clients are told as it happens, for as long as they listen."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Any
from uuid import UUID

import strawberry

import db.delivery_list
import db.notification_list
import schema.delivery
import schema.notification
from db import ids
from db.news import Kind
from db.scope import Scope
from db.webhook import Webhook
from schema.context import Context, Info
from schema.guards import streamed
from schema.shared import Find


@strawberry.type
class Subscription:
    @streamed(
        schema.notification.Notification,
        Scope.NOTIFICATIONS_READ,
        "Each new notification. Where some were missed, it ends with UNAVAILABLE.",
    )
    def notification_added(self, info: Info) -> AsyncGenerator[Any, None]:
        return told(info.context, Kind.NOTIFICATION, db.notification_list.find)

    @streamed(
        schema.delivery.WebhookDelivery,
        Scope.WEBHOOKS_QUEUE_READ,
        "Each delivery that is new or has changed, of one webhook or of all; as it is by then, so "
        "that changes in quick succession may show the same. Where some were missed, it ends "
        "with UNAVAILABLE.",
    )
    def webhook_delivery_updated(
        self, info: Info, webhook_id: strawberry.ID | None = None
    ) -> AsyncGenerator[Any, None]:
        about = None
        if webhook_id is not None:
            about = ids.parsed(Webhook.PREFIX, webhook_id, "webhookId")
        return told(info.context, Kind.DELIVERY, db.delivery_list.find, about)


async def told(
    context: Context, kind: Kind, find: Find, about: UUID | None = None
) -> AsyncGenerator[Any, None]:
    """The rows of the caller's organization that there is news of."""
    owner = context.organization_id
    with context.house.hub.listening(kind, owner) as ear:
        while True:
            news = await ear.next()
            if about not in (None, news.about):
                continue
            load = partial(found, context, find, news.id)
            row = await context.house.shared_rows.row(find, owner, news, load)
            if row is not None:
                yield row


async def found(context: Context, find: Find, id: UUID) -> Any:
    async with context.reading() as connection:
        return await find(connection, context.organization_id, id)
