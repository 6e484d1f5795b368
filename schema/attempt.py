"""A request that its client may send again without having it done twice."""

from dataclasses import dataclass, field
from uuid import UUID

from db.statement import Connection


@dataclass(slots=True)
class Attempt:
    """Under which key, and what it asks: both as digests. The rest belongs to the field at work."""

    key: bytes
    fingerprint: bytes
    # The field's one transaction, which all that it does joins.
    connection: Connection | None = None
    # API keys that are to be forgotten once it has ended.
    forgotten: set[UUID] = field(default_factory=set[UUID])
