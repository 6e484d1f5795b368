"""Last use of keys, written in batches: never in the path of a request."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam, func
from sqlalchemy.dialects.postgresql import INET, insert
from sqlmodel import Field

from db.base import Row, moment
from db.statement import Connection, statement, table_of
from db.token import Use


class ApiKeyUsage(Row, table=True):
    """When and from where a key was last used: apart, since it changes all the time."""

    organization_id: UUID = Field(primary_key=True)
    api_key_id: UUID = Field(primary_key=True)
    last_used_at: datetime = moment()
    last_used_ip: str = Field(sa_type=INET)


USAGE = table_of(ApiKeyUsage)

BATCH = (
    func.unnest(
        bindparam("organization_ids", type_=sa.ARRAY(sa.Uuid)),
        bindparam("api_key_ids", type_=sa.ARRAY(sa.Uuid)),
        bindparam("times", type_=sa.ARRAY(sa.DateTime(timezone=True))),
        bindparam("addresses", type_=sa.ARRAY(INET)),
    )
    .table_valued("organization_id", "api_key_id", "last_used_at", "last_used_ip")
    .render_derived()
)
UPSERT = insert(USAGE).from_select([c.name for c in USAGE.columns], sa.select(BATCH))
NEWER = UPSERT.excluded.last_used_at > USAGE.c.last_used_at
WRITE = statement(
    UPSERT.on_conflict_do_update(
        index_elements=["organization_id", "api_key_id"],
        set_={
            "last_used_at": UPSERT.excluded.last_used_at,
            "last_used_ip": UPSERT.excluded.last_used_ip,
        },
        where=NEWER,
    )
)


async def write(connection: Connection, uses: Sequence[Use]) -> None:
    """Write one use for each key, in the order of ids so that two writers can't deadlock."""
    ordered = sorted(uses)
    await WRITE.run(
        connection,
        organization_ids=[use.organization_id for use in ordered],
        api_key_ids=[use.api_key_id for use in ordered],
        times=[use.last_used_at for use in ordered],
        addresses=[use.last_used_ip for use in ordered],
    )
