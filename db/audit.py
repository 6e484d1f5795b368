"""The audit trail: who did what, on what, from where; written by the transaction that did it."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index, Insert, bindparam
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


def insert_of(prefix: str = "") -> Insert:
    """The insert of an entry; its address is given as text, which asyncpg sends in less time."""
    address = bindparam(f"{prefix}address", type_=sa.Text)
    return inserts(AuditEntry, prefix).values(address=sa.cast(address, INET))


INSERT = statement(insert_of())


async def record(
    connection: Connection,
    organization_id: UUID,
    origin: Origin,
    action: str,
    subject_id: str,
    changes: dict[str, Any] | None = None,
) -> None:
    """Write what happened into the caller's transaction; `changes` never holds a secret."""
    entry = entry_of(origin, action, subject_id, changes)
    await INSERT.run(connection, organization_id=organization_id, **entry)


def entry_of(
    origin: Origin, action: str, subject_id: str, changes: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The values of an entry but for its organization."""
    kind, id, name = origin.actor
    return {
        "id": ids.new_uuid(origin.now),
        "created_at": origin.now,
        "actor_kind": kind,
        "actor_id": id,
        "actor_name": name,
        "action": action,
        "subject_id": subject_id,
        "address": None if origin.address is None else str(origin.address),
        "request_id": origin.request_id,
        "changes": changes or {},
    }
