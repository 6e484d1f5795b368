"""The queue of deliveries as its workers use it: lanes, what is due in them, what came of it.

A worker leases lanes, one for each webhook, not deliveries: then what is due is read without
writing, an endpoint is never sent to by two workers at once, and a worker that dies gives all of
its deliveries back together. A delivery is written once for each attempt, when it is settled.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from db import delivery_outcome
from db import delivery_sql as sql
from db.delivery_rows import Due, LaneKey, Outcome, Settled
from db.ids import EPOCH
from db.statement import Connection

__all__ = ["Due", "Found", "LaneKey", "Outcome", "Settled"]
NOBODY: Final = UUID(int=0)
FIRST: Final = LaneKey(NOBODY, NOBODY)
EVER: Final[Mapping[LaneKey, datetime]] = {}


class Found(NamedTuple):
    """The lanes in which something is due for us, and where the next search is to begin."""

    lanes: list[LaneKey]
    then: LaneKey


async def find(
    connection: Connection, holder: UUID, after: LaneKey, now: datetime, most: int
) -> Found:
    """Look through the lanes in their order, `most` at a time, and round again from the first."""
    rows = await sql.FIND.all(
        connection,
        organization_id=after.organization_id,
        webhook_id=after.webhook_id,
        holder=holder,
        most=most,
    )
    keys = [LaneKey(row.organization_id, row.webhook_id) for row in rows]
    is_ours = [row.next_attempt_at <= now and row.held_by is None for row in rows]
    due = [key for key, ours in zip(keys, is_ours, strict=True) if ours]
    return Found(due, keys[-1] if len(keys) == most else FIRST)


async def take(
    connection: Connection, holder: UUID, lanes: Collection[LaneKey], seconds: float
) -> set[LaneKey]:
    """Lease the lanes for some seconds, or for some more; those that another worker has are not."""
    rows = await sql.TAKE.all(connection, holder=holder, seconds=seconds, **_columns(lanes))
    return {LaneKey(row.organization_id, row.webhook_id) for row in rows}


async def let_go(connection: Connection, holder: UUID, lanes: Collection[LaneKey]) -> None:
    await sql.LET_GO.run(connection, holder=holder, **_columns(lanes))


async def due(
    connection: Connection,
    rooms: Mapping[LaneKey, int],
    busy: Collection[UUID],
    now: datetime,
    since: Mapping[LaneKey, datetime] = EVER,
) -> list[Due]:
    """What is due in the lanes, as many of each as there is room for.

    `busy` ones are left out, and so is what is due before the time that is given for its lane.
    """
    return await sql.READ.all(
        connection,
        rooms=list(rooms.values()),
        sinces=[since.get(key, EPOCH) for key in rooms],
        busy=list(busy),
        now=now,
        **_columns(rooms),
    )


async def settle(connection: Connection, outcomes: Sequence[Outcome]) -> list[Settled]:
    """Write what came of attempts; the deliveries as they are now."""
    columns = zip(*outcomes, strict=True)
    return await delivery_outcome.SETTLE.all(
        connection,
        **{
            f"{name}s": list(column)
            for name, column in zip(delivery_outcome.FIELDS, columns, strict=True)
        },
    )


async def close(connection: Connection, lanes: Collection[LaneKey], now: datetime) -> list[Settled]:
    """End what waits in lanes whose webhook is gone, and what is due where it is off.

    At most 1,000 of each lane; there may be more where some were ended.
    """
    return await delivery_outcome.CLOSE.all(connection, now=now, **_columns(lanes))


def _columns(lanes: Collection[LaneKey]) -> dict[str, list[UUID]]:
    return {
        "organization_ids": [lane.organization_id for lane in lanes],
        "webhook_ids": [lane.webhook_id for lane in lanes],
    }
