"""What keys have spent of their rate limits, as all processes together know it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam, func
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field

from db.base import Row, moment
from db.spent import Spent
from db.statement import Connection, statement, table_of


class RateBudget(Row, table=True):
    """When a key's budget will be full again; a crash of the database may forget it."""

    __table_args__: ClassVar[Any] = {"prefixes": ["UNLOGGED"]}

    organization_id: UUID = Field(primary_key=True)
    api_key_id: UUID = Field(primary_key=True)
    full_at: datetime = moment()


TABLE = table_of(RateBudget)
BATCH = (
    func.unnest(
        bindparam("organization_ids", type_=sa.ARRAY(sa.Uuid)),
        bindparam("api_key_ids", type_=sa.ARRAY(sa.Uuid)),
        bindparam("seconds", type_=sa.ARRAY(sa.Double)),
    )
    .table_valued("organization_id", "api_key_id", "seconds")
    .render_derived()
)
SPENT = sa.select(
    BATCH.c.organization_id,
    BATCH.c.api_key_id,
    func.now() + BATCH.c.seconds * sa.literal_column("interval '1 second'"),
)
UPSERT = insert(TABLE).from_select([c.name for c in TABLE.columns], SPENT)
# Every process's spending comes on top of what was owed, whoever owed it.
ADDED = func.greatest(TABLE.c.full_at, func.now()) + (UPSERT.excluded.full_at - func.now())
SPEND = statement(
    UPSERT.on_conflict_do_update(
        index_elements=["organization_id", "api_key_id"], set_={"full_at": ADDED}
    ).returning(
        TABLE.c.api_key_id,
        func.date_part("epoch", TABLE.c.full_at - func.now()).label("owed"),
    )
)
CLEAR = statement(sa.delete(TABLE).where(TABLE.c.full_at < func.now()))


async def spend(connection: Connection, batch: Sequence[Spent]) -> Mapping[UUID, float]:
    """Add what one process spent; the seconds that each of these keys owes altogether.

    By the database's clock, and in the order of ids so that two writers can't deadlock.
    """
    ordered = sorted(batch)
    rows = await SPEND.all(
        connection,
        organization_ids=[spent.organization_id for spent in ordered],
        api_key_ids=[spent.api_key_id for spent in ordered],
        seconds=[spent.seconds for spent in ordered],
    )
    return {row["api_key_id"]: row["owed"] for row in rows}


async def clear(connection: Connection) -> None:
    """Forget who owes nothing any more."""
    await CLEAR.run(connection)
