"""Notifications and their settings as clients state them and see them."""

from datetime import datetime
from typing import Annotated, Any

import strawberry
import strawberry.pydantic
from pydantic import AfterValidator, BaseModel, Field, ValidationInfo

import db.notification_subject
from db.limits import Email
from db.notification import NotificationCategory, NotificationStatus
from schema.batch import Timed
from schema.connection import Connection
from schema.guards import nested
from schema.ids import NotificationId
from schema.node import Node

strawberry.enum(
    NotificationCategory,
    description="SECURITY: a key was refused for its address. SYSTEM: Tollhouse itself.",
)
strawberry.enum(NotificationStatus)
MOST_IDS = 100
MOST_EMAILS = 20
ALWAYS = (
    "SECURITY can't be switched off in the app; leave inApp out, or switch off its e-mail alone"
)
# What would end an address in a header, or begin another one.
SPECIAL = frozenset('",:;<>()[]\\')


@strawberry.pydantic.type(description="Something that the organization was told.")
class Notification(BaseModel, Node):
    category: NotificationCategory
    title: str
    body: str
    status: NotificationStatus
    created_at: datetime
    read_at: datetime | None = Field(description="When it was first read; null while it is unread.")

    @nested(
        Node | None,
        None,
        Timed(db.notification_subject.by_typeids),
        "What it is about, where that still exists. id and __typename are for all who see the "
        "notification; a fragment on a type needs the read scope of that type.",
        follows_types=True,
    )
    def subject(self: Any) -> Any:
        return self.subject_id


@strawberry.type
class NotificationConnection(Connection[Notification]):
    unread_count: int = strawberry.field(
        description="Of all notifications, whatever the filter: for a badge."
    )


@strawberry.pydantic.input
class NotificationFilter(BaseModel):
    status: NotificationStatus | None = None
    category: NotificationCategory | None = None


@strawberry.type(
    description="How one category reaches the organization; SECURITY in the app can't be switched "
    "off."
)
class NotificationPreference:
    category: NotificationCategory
    in_app: bool
    email: bool


@strawberry.type
class NotificationSettings:
    preferences: list[NotificationPreference] = strawberry.field(
        description="One for each category, in their order."
    )
    emails: list[str] = strawberry.field(description="Where mails are sent to.")


def mailbox(address: str) -> str:
    """One address that can stand in a header by itself; ValueError for anything else."""
    if not address.isprintable() or SPECIAL & set(address):
        raise ValueError("must be one e-mail address alone, such as name@shop.example")
    return address


def folded(addresses: list[str] | None) -> list[str] | None:
    """Each address once, without regard to case, as it was first written."""
    if addresses is None:
        return None
    once = {address.casefold(): address for address in reversed(addresses)}
    return list(once.values())[::-1]


Emails = Annotated[
    list[Annotated[Email, AfterValidator(mailbox)]] | None,
    Field(max_length=MOST_EMAILS),
    AfterValidator(folded),
]


def unless_always(in_app: bool | None, info: ValidationInfo) -> bool | None:  # noqa: FBT001  # pydantic hands it over
    if in_app is False and info.data.get("category") is NotificationCategory.SECURITY:
        raise ValueError(ALWAYS)
    return in_app


@strawberry.pydantic.input(description="What is left out stays as it is.")
class NotificationPreferenceInput(BaseModel):
    category: NotificationCategory
    in_app: Annotated[bool | None, AfterValidator(unless_always)] = None
    email: bool | None = None


@strawberry.pydantic.input
class UpdateNotificationSettingsInput(BaseModel):
    preferences: list[NotificationPreferenceInput] | None = Field(
        None, description="The categories to change, each once."
    )
    emails: Emails = Field(
        None, description="In place of the addresses so far: at most 20, none stops all mail."
    )


@strawberry.pydantic.input
class MarkNotificationsReadInput(BaseModel):
    ids: Annotated[list[NotificationId], Field(max_length=MOST_IDS)] = Field(
        description="At most 100. What isn't there, or isn't UNREAD, is passed over."
    )


@strawberry.pydantic.input
class MarkAllNotificationsReadInput(BaseModel):
    category: NotificationCategory | None = None


@strawberry.pydantic.input
class SetNotificationStatusInput(BaseModel):
    id: NotificationId
    status: NotificationStatus


@strawberry.type
class MarkNotificationsReadPayload:
    updated: int
    unread_count: int


@strawberry.type
class MarkAllNotificationsReadPayload:
    updated: int
    unread_count: int


@strawberry.type
class SetNotificationStatusPayload:
    notification: Notification


@strawberry.type
class UpdateNotificationSettingsPayload:
    settings: NotificationSettings
