"""Notifications: what an organization is told in the application."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Index

from db.base import OwnedRow, moment, text


class NotificationCategory(StrEnum):
    INVOICES = "INVOICES"
    PRODUCTS = "PRODUCTS"
    API_KEYS = "API_KEYS"
    WEBHOOKS = "WEBHOOKS"
    SECURITY = "SECURITY"
    SYSTEM = "SYSTEM"


class NotificationStatus(StrEnum):
    UNREAD = "UNREAD"
    READ = "READ"
    ARCHIVED = "ARCHIVED"


class Notification(OwnedRow, table=True):
    __table_args__ = (
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        CheckConstraint("status IN ('UNREAD', 'READ', 'ARCHIVED')", name="status_check"),
        Index("notification_status_index", "organization_id", "status", "id"),
        Index("notification_category_index", "organization_id", "category", "id"),
        # For both at once: by either of the others alone a page of a million takes 300 ms, not 1.
        Index("notification_both_index", "organization_id", "category", "status", "id"),
    )

    PREFIX: ClassVar[str] = "ntf"
    NOUN: ClassVar[str] = "Notification"

    category: NotificationCategory = text()
    title: str = text()
    body: str = text()
    status: NotificationStatus = text(default=NotificationStatus.UNREAD)
    read_at: datetime | None = moment(default=None)
    # The TypeID of what it is about.
    subject_id: str | None = text(default=None)
