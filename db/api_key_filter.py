"""What API keys can be filtered by, each in words for which there is an index."""

from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Table, bindparam, func, literal_column
from sqlalchemy.dialects.postgresql import ARRAY, array

from db.statement import constant

NOW = bindparam("now", type_=sa.DateTime(timezone=True))
SEARCHED = (
    "lower(name || ' ' || token_id || ' ' || coalesce(environment, '')"
    " || ' ' || coalesce(description, ''))"
)
TEXTS = ARRAY(sa.Text)


class ApiKeyStatus(StrEnum):
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"


def status_of(table: Table) -> ColumnElement[str]:
    return sa.case(
        (table.c.revoked_at.is_not(None), constant(ApiKeyStatus.REVOKED)),
        (table.c.expires_at <= NOW, constant(ApiKeyStatus.EXPIRED)),
        else_=constant(ApiKeyStatus.ACTIVE),
    )


def filters_of(table: Table) -> dict[str, ColumnElement[bool]]:
    lives, ends = table.c.revoked_at.is_(None), table.c.expires_at
    # Full access is having no scope of its own: the index of scopes knows that too.
    has_all = table.c.granted == sa.cast(array([]), TEXTS)
    has_scope = table.c.granted.contains(sa.cast(array([bindparam("scope")]), TEXTS))
    return {
        "status:ACTIVE": lives & (ends.is_(None) | (ends > NOW)),
        "status:EXPIRED": lives & (ends <= NOW),
        "status:REVOKED": table.c.revoked_at.is_not(None),
        "environment": table.c.environment == bindparam("environment"),
        "search": literal_column(SEARCHED).like(func.lower(bindparam("search", type_=sa.Text))),
        "scope": has_all | has_scope,
        "full_access:True": has_all,
        "full_access:False": ~table.c.full_access,
    }


# A page by these walks the list or asks an index; for the others an index has the list's order.
SCATTERED = frozenset(["full_access:True", "scope", "search"])
