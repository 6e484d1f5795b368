"""Mail that waits to be sent, and what came of it."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy import CheckConstraint, Index

from db.base import OwnedRow, moment, text


class MailStatus(StrEnum):
    PENDING = "PENDING"
    SENT = "SENT"
    FAILED = "FAILED"


class Mail(OwnedRow, table=True):
    __table_args__ = (
        CheckConstraint("status IN ('PENDING', 'SENT', 'FAILED')", name="status_check"),
        CheckConstraint("(status = 'PENDING') = (next_attempt_at IS NOT NULL)", name="due_check"),
        Index("mail_due_index", "next_attempt_at", postgresql_where=sa.text("status = 'PENDING'")),
        # For removing what is old: in the order of its end, whoever's it was.
        Index(
            "mail_completed_index",
            "completed_at",
            postgresql_where=sa.text("status <> 'PENDING'"),
        ),
    )

    PREFIX: ClassVar[str] = "mail"
    NOUN: ClassVar[str] = "Mail"

    recipient: str = text()
    subject: str = text()
    body: str = text()
    status: MailStatus = text(default=MailStatus.PENDING)
    next_attempt_at: datetime | None = moment(default=None)
    attempt_count: int = 0
    completed_at: datetime | None = moment(default=None)
    error: str | None = text(default=None)
