"""How many rows a list has, counted by the transactions that add and remove them.

Each count is kept in shards. A writer takes any shard that nobody holds, and makes another one
where all are held, so writers never wait for one another, and there are as many shards as there
once were writers at the same time.
"""

from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam, func
from sqlmodel import Field, col, select

from db.base import Row
from db.statement import Connection, statement, table_of

Noun = Literal[
    "api_key", "invoice", "notification", "product", "unread", "webhook", "webhook_delivery"
]


class Tally(Row, table=True):
    organization_id: UUID = Field(primary_key=True)
    noun: str = Field(primary_key=True)
    shard: UUID = Field(primary_key=True)
    # Shards may go below zero: one may lose what another has won.
    amount: int = Field(sa_type=sa.BigInteger)


TABLE = table_of(Tally)
OF_LIST = sa.and_(
    TABLE.c.organization_id == bindparam("organization_id"), TABLE.c.noun == bindparam("noun")
)
FREE = (
    sa.select(TABLE.c.shard)
    .where(OF_LIST)
    .limit(1)
    .with_for_update(skip_locked=True)
    .cte("free", nesting=False)
)
BUMPED = (
    sa.update(TABLE)
    .where(OF_LIST, TABLE.c.shard == FREE.c.shard)
    .values(amount=TABLE.c.amount + bindparam("change", type_=sa.BigInteger))
    .returning(TABLE.c.shard)
    .cte("bumped")
)
ADDED = sa.insert(TABLE).from_select(
    ["organization_id", "noun", "shard", "amount"],
    sa.select(
        bindparam("organization_id", type_=sa.Uuid),
        bindparam("noun", type_=sa.Text),
        func.gen_random_uuid(),
        bindparam("change", type_=sa.BigInteger),
    ).where(~sa.exists(sa.select(BUMPED.c.shard))),
)
ADD = statement(ADDED)
READ = statement(
    select(func.coalesce(func.sum(col(Tally.amount)), 0).cast(sa.BigInteger)).where(OF_LIST)
)


async def add(connection: Connection, organization_id: UUID, noun: Noun, change: int) -> None:
    """Count rows that the caller's transaction adds, or removes where `change` is negative."""
    await ADD.run(connection, organization_id=organization_id, noun=noun, change=change)


async def read(connection: Connection, organization_id: UUID, noun: Noun) -> int:
    return await READ.value(connection, organization_id=organization_id, noun=noun)
