"""What came of changes that a caller may send again, kept for a day under the caller's own key."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Index
from sqlmodel import Field

from db.base import Row, moment
from db.statement import Connection, Statement, statement, worded

KEPT: Final = timedelta(hours=24)
TIME = sa.DateTime(timezone=True)


class IdempotencyRecord(Row, table=True):
    """What one field of a mutation came to, sealed; its key, path and request only as digests."""

    __table_args__ = (Index("idempotency_record_created_index", "created_at"),)

    organization_id: UUID = Field(primary_key=True)
    api_key_id: UUID = Field(primary_key=True)
    key: bytes = Field(primary_key=True)
    path: bytes = Field(primary_key=True)
    fingerprint: bytes
    created_at: datetime = moment()
    answer: bytes


class Slot(NamedTuple):
    """Where a field's record is kept: of which API key, under which key of it, for which field."""

    api_key_id: UUID
    key: bytes
    path: bytes

    @property
    def lock(self) -> int:
        """The number of the lock that all requests with this key take: one of 2**64."""
        digest = sha256(self.api_key_id.bytes + self.key).digest()
        return int.from_bytes(digest[:8], "big", signed=True)


class Found(NamedTuple):
    """A record of the key: its answer is None where it is another field's."""

    is_free: bool
    fingerprint: bytes | None
    answer: bytes | None


OF_SLOT: Final[dict[str, Any]] = {
    "organization_id": sa.Uuid,
    "api_key_id": sa.Uuid,
    "key": sa.LargeBinary,
    "path": sa.LargeBinary,
    "since": TIME,
}
# The lock is held until the transaction ends, and never waited for.
LOOK = Statement(
    worded(
        """
        SELECT pg_try_advisory_xact_lock(:lock) AS is_free, kept.fingerprint,
            CASE WHEN kept.path = :path THEN kept.answer END AS answer
        FROM (SELECT) AS one LEFT JOIN idempotency_record AS kept
            ON kept.organization_id = :organization_id AND kept.api_key_id = :api_key_id
            AND kept.key = :key AND kept.created_at > :since
        """,
        OF_SLOT | {"lock": sa.BigInteger},
        Found._fields,
    ),
    Found,
)
# Who looked just before another one committed has not seen that one's record: it is found here.
KEEP = statement(
    worded(
        """
        INSERT INTO idempotency_record (organization_id, api_key_id, key, path, fingerprint,
            created_at, answer)
        SELECT :organization_id, :api_key_id, :key, :path, :fingerprint, :created_at, :answer
        WHERE NOT EXISTS (
            SELECT FROM idempotency_record AS other
            WHERE other.organization_id = :organization_id AND other.api_key_id = :api_key_id
                AND other.key = :key AND other.created_at > :since
                AND other.fingerprint <> :fingerprint
        )
        ON CONFLICT (organization_id, api_key_id, key, path) DO UPDATE
            SET fingerprint = excluded.fingerprint, created_at = excluded.created_at,
                answer = excluded.answer
            WHERE idempotency_record.created_at <= :since
        RETURNING true
        """,
        OF_SLOT | {"fingerprint": sa.LargeBinary, "created_at": TIME, "answer": sa.LargeBinary},
        ["is_kept"],
    )
)
PRUNE = statement(
    worded(
        """
        WITH old AS (
            SELECT organization_id, api_key_id, key, path FROM idempotency_record
            WHERE created_at <= :since
            ORDER BY created_at LIMIT 1000
            FOR UPDATE SKIP LOCKED
        ), gone AS (
            DELETE FROM idempotency_record USING old
            WHERE idempotency_record.organization_id = old.organization_id
                AND idempotency_record.api_key_id = old.api_key_id
                AND idempotency_record.key = old.key AND idempotency_record.path = old.path
            RETURNING idempotency_record.key
        )
        SELECT count(*) FROM gone
        """,
        {"since": TIME},
        ["count"],
    )
)


async def look(
    connection: Connection, organization_id: UUID, slot: Slot, now: datetime
) -> list[Found]:
    """What is kept under the key, one of an empty record where nothing is.

    It tells too whether no other transaction is at it; if so this one is, until it ends.
    """
    place = {"organization_id": organization_id, **slot._asdict()}
    return await LOOK.all(connection, **place, lock=slot.lock, since=now - KEPT)


async def keep(
    connection: Connection,
    organization_id: UUID,
    slot: Slot,
    fingerprint: bytes,
    answer: bytes,
    now: datetime,
) -> bool:
    """Keep what the field came to; False where another request was first, and nothing is kept."""
    place = {"organization_id": organization_id, **slot._asdict()}
    kept = {"fingerprint": fingerprint, "answer": answer, "created_at": now}
    return bool(await KEEP.value(connection, **place, **kept, since=now - KEPT))


async def prune(connection: Connection, now: datetime) -> int:
    """Take away at most a thousand records whose day is over; how many they were."""
    return await PRUNE.value(connection, since=now - KEPT)
