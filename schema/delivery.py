"""The queue of deliveries as clients see it, and what they can do about it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
import strawberry.pydantic
from pydantic import BaseModel, BeforeValidator, Field

import db.delivery_list
import db.webhook
from db.delivery import DeliveryStatus
from db.delivery_list import MOST_ATTEMPTS
from db.event_type import EventType
from schema.batch import Timed
from schema.guards import nested
from schema.ids import DeliveryId, WebhookId
from schema.inputs import MaybeTime
from schema.node import Node
from schema.scalars import time_from
from schema.scope import Scope
from schema.webhook import Webhook

strawberry.enum(DeliveryStatus)


@strawberry.pydantic.type
class DeliveryAttempt(BaseModel):
    number: int
    started_at: datetime
    duration_ms: int
    response_status: int | None
    response_body: str | None = Field(description="The first 4 KiB.")
    error: str | None


def read_scope(row: Any) -> Scope | None:
    """The scope that reads what a delivery's event is about."""
    return EventType(row.event_type).read_scope


@strawberry.pydantic.type(description="One event on its way to one webhook.")
class WebhookDelivery(BaseModel, Node):
    shown_webhook_id: Annotated[strawberry.ID, strawberry.field(name="webhookId")]
    event_type: EventType
    message_id: str = Field(description="The webhook-id header: the same over all attempts.")
    status: DeliveryStatus
    next_attempt_at: datetime | None
    created_at: datetime
    completed_at: datetime | None

    @nested(
        Webhook | None, Scope.WEBHOOKS_READ, Timed(db.webhook.by_ids), "null once it is deleted."
    )
    def webhook(self: Any) -> UUID:
        return self.webhook_id

    @nested(
        str | None,
        None,
        db.delivery_list.payloads_by_ids,
        "The exact body that is sent; null for a caller who may not read its resource.",
        veiled=read_scope,
    )
    def payload(self: Any) -> UUID:
        return self.event_id

    @nested(
        list[DeliveryAttempt],
        None,
        db.delivery_list.attempts_by_ids,
        f"The oldest first; of more than {MOST_ATTEMPTS} the latest.",
    )
    def attempts(self: Any) -> UUID:
        return self.id


@strawberry.pydantic.input
class WebhookDeliveryFilter(BaseModel):
    webhook_id: WebhookId | None = None
    status: DeliveryStatus | None = None
    event_type: EventType | None = None
    created_after: MaybeTime = Field(None, description="Exclusive.")
    created_before: MaybeTime = Field(None, description="Exclusive.")


@strawberry.pydantic.input
class RetryWebhookDeliveryInput(BaseModel):
    id: DeliveryId


@strawberry.pydantic.input
class RetryFailedWebhookDeliveriesInput(BaseModel):
    webhook_id: WebhookId
    since: Annotated[datetime, BeforeValidator(time_from)] = Field(
        description="Inclusive: what was recorded at this time or later, and has failed."
    )


@strawberry.pydantic.input
class CancelWebhookDeliveryInput(BaseModel):
    id: DeliveryId


@strawberry.type
class RetryWebhookDeliveryPayload:
    delivery: WebhookDelivery


@strawberry.type
class RetryFailedWebhookDeliveriesPayload:
    retried: int = strawberry.field(
        description="How many are sent again; of more than 1000 the rest is put back in the "
        "background."
    )


@strawberry.type
class CancelWebhookDeliveryPayload:
    delivery: WebhookDelivery


@strawberry.type
class TestWebhookPayload:
    delivery: WebhookDelivery
