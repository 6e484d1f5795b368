"""Trusted documents: what an operator lets clients run where nothing else may be run."""

import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Index, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from db.base import Row, moment, text
from db.errors import Conflict
from db.statement import Connection, Statement, statement, table_of, worded

HASH: Final = "sha256:"
# All other prefixes are kept for later by the draft of GraphQL over HTTP.
ID_FORM: Final = re.compile(r"(?:x-[A-Za-z0-9._~-]{1,128}:)?[A-Za-z0-9._~-]{1,128}")
HASH_FORM: Final = re.compile(HASH + "[0-9a-f]{64}")


class TrustedDocument(Row, table=True):
    """A document of the whole house, not of one organization: few rows, on every host the same."""

    __table_args__ = (Index("trusted_document_hash_index", "hash"),)

    id: str = text(primary_key=True)
    # Found by this too, where the id is one of the operator's own.
    hash: str = text()
    text: str = text()
    # The names of its operations, for the operator's eyes.
    operations: list[str] = Field(sa_type=ARRAY(sa.Text))  # pyright: ignore[reportArgumentType]  # SQLModel's stub wants a class
    added_at: datetime = moment()


class New(NamedTuple):
    id: str
    text: str
    operations: Sequence[str]


TABLE = table_of(TrustedDocument)
ID = bindparam("id", type_=sa.Text)
FIND = statement(
    sa.select(TABLE.c.text).where(sa.or_(TABLE.c.id == ID, TABLE.c.hash == ID)).limit(1)
)
LIST = Statement(sa.select(TABLE).order_by(TABLE.c.id), TrustedDocument)
# What is there already stays: then its text is compared.
ADD = statement(
    worded(
        """
        INSERT INTO trusted_document (id, hash, text, operations, added_at)
        VALUES (:id, :hash, :text, :operations, :added_at)
        ON CONFLICT (id) DO UPDATE SET id = excluded.id
        RETURNING text
        """,
        {c.name: c.type for c in TABLE.columns},
        ["text"],
    )
)
REMOVE = statement(
    sa.delete(TABLE)
    .where(TABLE.c.id == sa.any_(bindparam("ids", type_=sa.ARRAY(sa.Text))))
    .returning(TABLE.c.id)
)


def hashed(text: str) -> str:
    """The id that every document has of itself, whatever else it is called."""
    return HASH + sha256(text.encode()).hexdigest()


def is_id(id: str) -> bool:
    """Whether it has the form of an id; one that begins with sha256: is a hash."""
    form = HASH_FORM if id.startswith(HASH) else ID_FORM
    return form.fullmatch(id) is not None


async def find(connection: Connection, id: str) -> str | None:
    """The text of a document, by its id or by its hash."""
    return await FIND.value(connection, id=id)


async def everything(connection: Connection) -> list[TrustedDocument]:
    return await LIST.all(connection)


async def add(connection: Connection, documents: Sequence[New], now: datetime) -> None:
    """Trust these; Conflict where an id is another document's."""
    # In the order of ids, so that two who add the same ones can't wait for each other.
    for new in sorted(documents):
        values: dict[str, Any] = {**new._asdict(), "operations": list(new.operations)}
        kept = await ADD.value(connection, **values, hash=hashed(new.text), added_at=now)
        if kept != new.text:
            raise Conflict(
                f"{new.id} is there already, with another text. Remove it first, or give this one"
                " another id."
            )


async def remove(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Trust these no longer; the ids of those that were there."""
    rows = await REMOVE.all(connection, ids=list(ids))
    return sorted(row["id"] for row in rows)
