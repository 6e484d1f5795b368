"""Webhooks as clients state them and see them."""

from datetime import datetime
from ipaddress import ip_network
from typing import Annotated, Any, cast

import strawberry
import strawberry.pydantic
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field

import db.webhook
from access.networks import Rules
from access.reach_out import url_fault
from db.event_type import EventType
from db.limits import Memo, storable
from db.webhook import WebhookStatus
from schema.actor import Actor
from schema.ids import WebhookId
from schema.inputs import LONGEST_URL
from schema.node import Node
from schema.scalars import Url

strawberry.enum(
    EventType,
    description="The dotted name in each description is the type that a payload carries.",
)
strawberry.enum(
    WebhookStatus,
    description="FAILING_DISABLED: switched off by the server after failing for days.",
)
A_DAY_SECONDS = 86_400
EVERYWHERE = Rules(frozenset(map(ip_network, ("0.0.0.0/0", "::/0"))))
A_WEEK_SECONDS = 7 * A_DAY_SECONDS

NOTES = {EventType.PAYMENT_UNRESOLVED: "its outcome couldn't be learnt for ten minutes"}

for member in cast("Any", EventType).__strawberry_definition__.values:
    type_ = EventType(member.value)
    member.description = f"{type_}: {NOTES[type_]}" if type_ in NOTES else str(type_)


@strawberry.pydantic.type(description="Where you want to be told what happens.")
class Webhook(db.webhook.Details, Node):
    url: Url
    event_types: list[EventType] = Field(description="Empty: every event.")
    status: WebhookStatus
    created_at: datetime
    updated_at: datetime
    created_by: Actor
    previous_secret_expires_at: datetime | None = Field(
        description="Set while a rotation overlaps: both secrets sign until then."
    )


def text_from(value: object) -> str:
    """A URL by its form; whether it may be called is judged with the server's settings."""
    if value is None:
        raise ValueError("must not be null")
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST_URL:
        raise ValueError(f"must be a URL of at most {LONGEST_URL} characters")
    if fault := url_fault(storable(value), EVERYWHERE):
        raise ValueError(fault)
    return value


def folded(types: list[EventType] | None) -> list[EventType]:
    """Each type once, in their order; null is as good as none named."""
    return [type_ for type_ in EventType if type_ in (types or ())]


CalledUrl = Annotated[Url, BeforeValidator(text_from)]
EventTypes = Annotated[list[EventType] | None, AfterValidator(folded)]


@strawberry.pydantic.input(
    description="An event type needs the read scope of its resource: who may not read invoices may "
    "not have them sent. None named: all, refused where the caller may not read all."
)
class CreateWebhookInput(db.webhook.Details):
    url: CalledUrl
    event_types: EventTypes = Field(None, validate_default=True)


@strawberry.pydantic.input(
    description="Types that are added need their read scopes; another url needs those of all that "
    "will be sent there, or is kept for the webhook and could be."
)
class UpdateWebhookInput(BaseModel):
    id: WebhookId
    url: strawberry.Maybe[CalledUrl] = None
    description: strawberry.Maybe[Memo | None] = None
    event_types: strawberry.Maybe[EventTypes] = Field(
        None, description="Replaces the types; null or an empty list: every event."
    )
    enabled: strawberry.Maybe[bool] = Field(
        None,
        description="false: nothing is sent, and what happens is kept to be sent later. true: it "
        "starts afresh, however long it has failed.",
    )


@strawberry.pydantic.input
class RotateWebhookSecretInput(BaseModel):
    id: WebhookId
    overlap_seconds: Annotated[int, Field(ge=0, le=A_WEEK_SECONDS)] | None = Field(
        A_DAY_SECONDS,
        description="How long the present secret signs too: 0 to 604800 (7 days). An overlap that "
        "is running ends: two secrets at most.",
    )


@strawberry.pydantic.input
class TestWebhookInput(BaseModel):
    id: WebhookId


@strawberry.pydantic.input(description="What is pending for it is cancelled; its deliveries stay.")
class DeleteWebhookInput(BaseModel):
    id: WebhookId


@strawberry.type(description="secret (whsec_...) is shown in this answer and never again.")
class CreateWebhookPayload:
    webhook: Webhook
    secret: str


@strawberry.type
class UpdateWebhookPayload:
    webhook: Webhook


@strawberry.type(description="secret (whsec_...) is shown in this answer and never again.")
class RotateWebhookSecretPayload:
    webhook: Webhook
    secret: str


@strawberry.type
class DeleteWebhookPayload:
    deleted_webhook_id: strawberry.ID
