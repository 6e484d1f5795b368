"""The queue of mail: what is due is claimed, sent outside of any transaction, and settled."""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam

from db.mail import Mail, MailStatus
from db.statement import Connection, Statement, constant, statement, table_of

BATCH: Final = 10
PRUNED: Final = 1000
LEASE: Final = timedelta(seconds=60)
# How long after each attempt the next one comes; there is none after the last.
WAITS: Final = tuple(timedelta(minutes=each) for each in (1, 5, 30, 120, 300, 600))
# Each wait is longer by up to this share, so that what failed together doesn't come together.
JITTER_PERMILLE: Final = 100
LONGEST_IN_QUEUE: Final = timedelta(days=1)
KEPT: Final = timedelta(days=30)
OUT_OF_TIME: Final = "It could not be sent within a day: mail was off."

TABLE = table_of(Mail)
IS_PENDING = TABLE.c.status == constant(MailStatus.PENDING)
IS_FINISHED = TABLE.c.status != constant(MailStatus.PENDING)


def _some(*conditions: Any, first: Any, most: int, name: str) -> Any:
    """Some rows of anybody, oldest first, but for those that another process holds."""
    # How many stands in the statement itself: as a value, a tenth of the table would be planned
    # for, and all of it read (measured).
    return (
        sa.select(TABLE.c.organization_id, TABLE.c.id)
        .where(*conditions)
        .order_by(first)
        .limit(sa.literal_column(str(most)))
        .with_for_update(skip_locked=True)
        .cte(name)
    )


def _among(some: Any) -> list[Any]:
    return [TABLE.c.organization_id == some.c.organization_id, TABLE.c.id == some.c.id]


def _time(name: str) -> Any:
    return bindparam(name, type_=sa.DateTime(timezone=True))


DUE = _some(
    IS_PENDING,
    TABLE.c.next_attempt_at <= _time("now"),
    first=TABLE.c.next_attempt_at,
    most=BATCH,
    name="due",
)
CLAIM = Statement(
    sa.update(TABLE)
    .where(*_among(DUE))
    .values(next_attempt_at=_time("until"), attempt_count=TABLE.c.attempt_count + 1)
    .returning(*TABLE.columns),
    Mail,
)
# What was claimed, as it was claimed: another process may have it by now.
IS_CLAIMED = [
    TABLE.c.organization_id == bindparam("organization_id", type_=sa.Uuid),
    TABLE.c.id == bindparam("mail_id", type_=sa.Uuid),
    IS_PENDING,
    TABLE.c.attempt_count == bindparam("claimed_count", type_=sa.Integer),
]
FAIL = statement(
    sa.update(TABLE)
    .where(*IS_CLAIMED)
    .values(
        status=constant(MailStatus.FAILED),
        next_attempt_at=sa.null(),
        completed_at=_time("now"),
        error=bindparam("reason", type_=sa.Text),
    )
)
RETRY = statement(
    sa.update(TABLE)
    .where(*IS_CLAIMED)
    .values(next_attempt_at=_time("at"), error=bindparam("reason", type_=sa.Text))
)
PUT_BACK = statement(
    sa.update(TABLE)
    .where(*IS_CLAIMED)
    .values(next_attempt_at=_time("now"), attempt_count=TABLE.c.attempt_count - 1)
)
# Whatever others made of it since: it has been sent.
SENT = statement(
    sa.update(TABLE)
    .where(*IS_CLAIMED[:2])
    .values(
        status=constant(MailStatus.SENT),
        next_attempt_at=sa.null(),
        completed_at=_time("now"),
        error=sa.null(),
    )
)
LATE = _some(
    IS_PENDING,
    TABLE.c.created_at < _time("before"),
    first=TABLE.c.next_attempt_at,
    most=PRUNED,
    name="late",
)
GIVE_UP = Statement(
    sa.update(TABLE)
    .where(*_among(LATE))
    .values(
        status=constant(MailStatus.FAILED),
        next_attempt_at=sa.null(),
        completed_at=_time("now"),
        error=sa.func.coalesce(TABLE.c.error, bindparam("reason", type_=sa.Text)),
    )
    .returning(TABLE.c.id),
    Mail,
)
PAST = _some(
    IS_FINISHED,
    TABLE.c.completed_at < _time("before"),
    first=TABLE.c.completed_at,
    most=PRUNED,
    name="past",
)
REMOVE = Statement(sa.delete(TABLE).where(*_among(PAST)).returning(TABLE.c.id), Mail)


async def claim(connection: Connection, now: datetime) -> list[Mail]:
    """Take some mail that is due, of all organizations; nobody else has it until its lease ends.

    Each claim counts as an attempt, so that one which kills its process comes to an end too.
    """
    claimed = await CLAIM.all(connection, now=now, until=now + LEASE)
    return sorted(claimed, key=lambda mail: mail.id)


async def sent(connection: Connection, mail: Mail, now: datetime) -> None:
    await SENT.run(connection, organization_id=mail.organization_id, mail_id=mail.id, now=now)


async def failed(connection: Connection, mail: Mail, now: datetime, reason: str) -> None:
    """Give it up."""
    await FAIL.run(connection, **_claimed(mail), now=now, reason=reason)


async def retry(connection: Connection, mail: Mail, now: datetime, reason: str) -> None:
    """Have it tried again later, or give it up where that was the last attempt."""
    if mail.attempt_count > len(WAITS):
        await failed(connection, mail, now, reason)
    else:
        share = 1000 + secrets.randbelow(JITTER_PERMILLE + 1)
        at = now + WAITS[mail.attempt_count - 1] * share / 1000
        await RETRY.run(connection, **_claimed(mail), at=at, reason=reason)


async def put_back(connection: Connection, mail: Mail, now: datetime) -> None:
    """Make it due again: it was not tried."""
    await PUT_BACK.run(connection, **_claimed(mail), now=now)


async def prune(connection: Connection, now: datetime, kept: timedelta = KEPT) -> int:
    """Give up what has waited for a day, and remove what ended long ago; how many there were.

    Some of each at a time: call it until there are none.
    """
    late = await GIVE_UP.all(connection, now=now, before=now - LONGEST_IN_QUEUE, reason=OUT_OF_TIME)
    old = await REMOVE.all(connection, before=now - kept)
    return len(late) + len(old)


def _claimed(mail: Mail) -> dict[str, Any]:
    return {
        "organization_id": mail.organization_id,
        "mail_id": mail.id,
        "claimed_count": mail.attempt_count,
    }
