"""Check values, by which a process can tell whether it has the secrets that keys rest on."""

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Field, select

from db.base import Row
from db.statement import Connection, Statement, statement, table_of


class HostSecret(Row, table=True):
    kind: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    check_value: bytes


TABLE = table_of(HostSecret)
OF_KIND = Statement(
    select(HostSecret).where(TABLE.c.kind == sa.bindparam("kind")),
    HostSecret,
)
ADD = statement(
    insert(TABLE)
    .values({c.name: sa.bindparam(c.name, type_=c.type) for c in TABLE.columns})
    .on_conflict_do_nothing()
)


async def check_values(connection: Connection, kind: str) -> dict[int, bytes]:
    """The check value of every version that this database has seen."""
    return {row.version: row.check_value for row in await OF_KIND.all(connection, kind=kind)}


async def note(connection: Connection, kind: str, values: Mapping[int, bytes]) -> None:
    """Keep check values of versions that are new; what another process noted first stays."""
    for version, value in sorted(values.items()):
        await ADD.run(connection, kind=kind, version=version, check_value=value)
