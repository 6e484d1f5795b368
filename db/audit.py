"""The audit trail: who did what, on what, from where; written by the transaction that did it."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlmodel import Field

from db import ids
from db.actor import ActorKind, Origin
from db.base import OwnedRow, moment, text
from db.statement import Connection, inserts, statement


class AuditEntry(OwnedRow, table=True):
    __table_args__ = (Index("audit_entry_subject_index", "organization_id", "subject_id", "id"),)

    PREFIX: ClassVar[str] = "aud"
    NOUN: ClassVar[str] = "AuditEntry"

    created_at: datetime = moment()
    actor_kind: ActorKind = text()
    actor_id: str
    actor_name: str
    action: str
    subject_id: str
    address: str | None = Field(default=None, sa_type=INET)
    request_id: str | None = None
    changes: dict[str, Any] = Field(sa_type=JSONB)


INSERT = statement(inserts(AuditEntry))


async def record(
    connection: Connection,
    organization_id: UUID,
    origin: Origin,
    action: str,
    subject_id: str,
    changes: dict[str, Any] | None = None,
) -> None:
    """Write what happened into the caller's transaction; `changes` never holds a secret."""
    await INSERT.run(
        connection,
        organization_id=organization_id,
        id=ids.new_uuid(origin.now),
        created_at=origin.now,
        actor_kind=origin.actor.kind,
        actor_id=origin.actor.id,
        actor_name=origin.actor.name,
        action=action,
        subject_id=subject_id,
        address=origin.address,
        request_id=origin.request_id,
        changes=changes or {},
    )
