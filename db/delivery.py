"""Deliveries: each event on its way to each webhook, with what came of every attempt."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field

from db import ids
from db.base import OwnedRow, Row, moment, text
from db.event_type import EventType
from db.webhook import Webhook

# db/event.py imports this module.
EVENT_PREFIX: Final = "evt"
# A delivery may be sent again without end; three rounds of tries are shown, and as many are kept,
# beside the first attempt.
MOST_ATTEMPTS: Final = 24


class DeliveryStatus(StrEnum):
    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class WebhookDelivery(OwnedRow, table=True):
    """The queue itself: what is PENDING is still to be sent, at `next_attempt_at`.

    No foreign keys: webhooks are never removed, events go together with their deliveries, and a
    key's check would lock the row of a busy webhook once for each event.
    """

    __table_args__ = (
        CheckConstraint(
            "status IN ('PENDING', 'DELIVERED', 'FAILED', 'CANCELLED')", name="status_check"
        ),
        CheckConstraint("(status = 'PENDING') = (next_attempt_at IS NOT NULL)", name="due_check"),
        Index(
            "webhook_delivery_due_index",
            "organization_id",
            "webhook_id",
            "next_attempt_at",
            "id",
            postgresql_where=sa.text("status = 'PENDING'"),
        ),
        # These three serve every filter (db/delivery_page.py): a page of 20 among a million takes
        # 0.5 ms at most. With an index for each of the four common filters in their place, it took
        # 34 ms where a webhook never had a type, and the two writes of a delivery no less.
        Index("webhook_delivery_webhook_index", "organization_id", "webhook_id", "id"),
        Index(
            "webhook_delivery_both_index",
            "organization_id",
            "webhook_id",
            "status",
            "event_type",
            "id",
        ),
        Index("webhook_delivery_status_index", "organization_id", "status", "event_type", "id"),
        # Every row is written at least twice within seconds.
        {"postgresql_with": {"autovacuum_vacuum_scale_factor": "0.02"}},
    )

    PREFIX: ClassVar[str] = "dlv"
    NOUN: ClassVar[str] = "WebhookDelivery"

    webhook_id: UUID
    event_id: UUID
    event_type: EventType = text()
    status: DeliveryStatus = text()
    next_attempt_at: datetime | None = moment(default=None)
    completed_at: datetime | None = moment(default=None)
    # All attempts so far, and those since it was last put into the queue.
    attempt_count: int = 0
    tries: int = 0

    @property
    def shown_webhook_id(self) -> str:
        return ids.shown(Webhook.PREFIX, self.webhook_id)

    @property
    def message_id(self) -> str:
        """The event's id: the same over all attempts, and for all webhooks."""
        return ids.shown(EVENT_PREFIX, self.event_id)


class DeliveryAttempt(Row, table=True):
    """What came of one attempt."""

    organization_id: UUID = Field(primary_key=True)
    delivery_id: UUID = Field(primary_key=True)
    number: int = Field(primary_key=True)
    started_at: datetime = moment()
    duration_ms: int
    response_status: int | None = None
    response_body: str | None = text(default=None)
    error: str | None = text(default=None)


class WebhookLane(Row, table=True):
    """Which worker sends to a webhook for now.

    A worker that dies lets go of it when its time is over, by the database's clock.
    """

    organization_id: UUID = Field(primary_key=True)
    webhook_id: UUID = Field(primary_key=True)
    holder: UUID
    until: datetime = moment()


class WebhookRecovery(OwnedRow, table=True):
    """A wish to send again all that failed for a webhook between two times, step by step.

    `after` is the delivery that it has come to; the row goes when all is done.
    """

    PREFIX: ClassVar[str] = "rec"
    NOUN: ClassVar[str] = "WebhookRecovery"

    webhook_id: UUID
    after: UUID
    before: UUID
