"""What the queue of deliveries gives and takes."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from db.delivery import DeliveryStatus


class LaneKey(NamedTuple):
    organization_id: UUID
    webhook_id: UUID


class Waiting:
    """A lane in which something waits, from when on, and which other worker serves it."""

    organization_id: UUID
    webhook_id: UUID
    next_attempt_at: datetime
    held_by: UUID | None


class Due:
    """A delivery that is due, and all that is needed to send it."""

    organization_id: UUID
    id: UUID
    webhook_id: UUID
    event_id: UUID
    attempt_count: int
    tries: int
    url: str
    secret: bytes
    previous_secret: bytes | None
    previous_secret_ends_at: datetime | None
    failing_since: datetime | None
    failing_told: bool
    next_attempt_at: datetime
    payload: str


class Settled:
    """A delivery after an attempt, as it is now."""

    organization_id: UUID
    id: UUID
    webhook_id: UUID
    status: DeliveryStatus


class Outcome(NamedTuple):
    """What came of one attempt, and what is to become of the delivery."""

    organization_id: UUID
    id: UUID
    number: int
    tries: int
    status: DeliveryStatus
    next_attempt_at: datetime | None
    completed_at: datetime | None
    started_at: datetime
    duration_ms: int
    response_status: int | None
    response_body: str | None
    error: str | None
