"""How notifications reach an organization: by category, in the application and by mail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlmodel import Field

from db import audit, ids
from db.actor import Origin
from db.base import Row, moment
from db.notification import NotificationCategory
from db.organization import Organization
from db.statement import Connection, Statement, returning, statement, table_of


class NotificationSettings(Row, table=True):
    """What an organization has chosen; categories that it said nothing of have the defaults."""

    organization_id: UUID = Field(primary_key=True)
    # For each category that was chosen for: {"in_app": bool, "email": bool}.
    preferences: dict[str, Any] = Field(sa_type=JSONB)
    emails: list[str] = Field(sa_type=ARRAY(sa.Text))  # pyright: ignore[reportArgumentType]  # SQLModel's stub wants a class
    updated_at: datetime = moment()


class Preference(NamedTuple):
    category: NotificationCategory
    in_app: bool
    email: bool


class Chosen(NamedTuple):
    """The settings as they hold: every category, in the order in which they are declared."""

    preferences: list[Preference]
    emails: Sequence[str]


# By mail what calls for somebody; trade is read in the application, or sent by webhooks.
MAILED: Final = frozenset(NotificationCategory) - {
    NotificationCategory.INVOICES,
    NotificationCategory.PRODUCTS,
}
TABLE = table_of(NotificationSettings)
OWN = TABLE.c.organization_id == bindparam("organization_id", type_=sa.Uuid)
ONE = Statement(sa.select(TABLE).where(OWN), NotificationSettings)
# There from now on and locked, so that of two changes neither is lost.
LOCKED = Statement(
    returning(
        insert(TABLE)
        .values(
            organization_id=bindparam("organization_id", type_=sa.Uuid),
            preferences=sa.text("'{}'"),
            emails=sa.text("'{}'"),
            updated_at=bindparam("now", type_=sa.DateTime(timezone=True)),
        )
        .on_conflict_do_update(
            index_elements=["organization_id"], set_={"updated_at": TABLE.c.updated_at}
        ),
        NotificationSettings,
    ),
    NotificationSettings,
)
CHANGE = statement(
    sa.update(TABLE)
    .where(OWN)
    .values({c.name: bindparam(c.name, type_=c.type) for c in TABLE.columns if not c.primary_key})
)


def default(category: NotificationCategory) -> Preference:
    return Preference(category, in_app=True, email=category in MAILED)


async def find(connection: Connection, organization_id: UUID) -> Chosen:
    row = await ONE.first(connection, organization_id=organization_id)
    return _chosen(row.preferences, row.emails) if row else _chosen({}, ())


async def change(
    connection: Connection,
    organization_id: UUID,
    origin: Origin,
    preferences: Mapping[str, Mapping[str, bool]],
    emails: Sequence[str] | None,
) -> Chosen:
    """The settings with what is stated in place of what was: None leaves the addresses alone."""
    before = await LOCKED.row(connection, organization_id=organization_id, now=origin.now)
    merged = dict(before.preferences)
    for category, stated in preferences.items():
        merged[category] = {**merged.get(category, {}), **stated}
    kept = before.emails if emails is None else list(emails)
    await CHANGE.run(
        connection,
        organization_id=organization_id,
        preferences=merged,
        emails=kept,
        updated_at=origin.now,
    )
    changes: dict[str, Any] = {"preferences": preferences} if preferences else {}
    if emails is not None:
        changes["emails"] = kept
    subject = ids.shown(Organization.PREFIX, organization_id)
    action = "notification_settings.updated"
    await audit.record(connection, organization_id, origin, action, subject, changes)
    return _chosen(merged, kept)


def _chosen(preferences: Mapping[str, Mapping[str, bool]], emails: Sequence[str]) -> Chosen:
    own = [default(each)._replace(**preferences.get(each, {})) for each in NotificationCategory]
    return Chosen(own, emails)
