"""API keys: what acts for an organization, with the digests of its tokens."""

from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_network
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from pydantic import BaseModel
from pydantic import Field as Stated
from sqlalchemy import CheckConstraint, Index, bindparam, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from db import ids
from db.api_key_filter import NOW, SCATTERED, SEARCHED, filters_of, status_of
from db.api_key_usage import USAGE
from db.base import STEADY, moment, search_index
from db.created import CreatedRow
from db.limits import Label, Memo, Name
from db.page import Ask, Listing, Page, Sorting
from db.scope import Scope
from db.statement import Connection, Statement, table_of

MOST_RULES = 200
KNOWN_SCOPES = ", ".join(f"'{scope}'" for scope in Scope)


class IpRule(NamedTuple):
    """One address or network that may use a key."""

    typeid: str
    cidr: Any
    note: str | None
    created_at: datetime


class Details(BaseModel):
    """What a client states about a key, and sees of it."""

    name: Name
    description: Memo | None = None
    environment: Label | None = Stated(None, description="A label such as production, staging, ci.")


class ApiKey(Details, CreatedRow, table=True):
    __table_args__ = (
        sa.ForeignKeyConstraint(["organization_id"], ["organization.id"]),
        CheckConstraint("full_access = (cardinality(granted) = 0)", name="access_check"),
        CheckConstraint(f"granted <@ ARRAY[{KNOWN_SCOPES}]", name="granted_check"),
        CheckConstraint(f"jsonb_array_length(rules) <= {MOST_RULES}", name="rules_check"),
        CheckConstraint(
            "(previous_digest IS NULL) = (previous_token_expires_at IS NULL)", name="overlap_check"
        ),
        Index(
            "api_key_granted_index",
            "granted",
            "organization_id",
            postgresql_using="gin",
            postgresql_with=STEADY,
        ),
        Index(
            "api_key_environment_index",
            "organization_id",
            "environment",
            "id",
            postgresql_where=sa.text("environment IS NOT NULL"),
        ),
        Index(
            "api_key_revoked_index",
            "organization_id",
            "id",
            postgresql_where=sa.text("revoked_at IS NOT NULL"),
        ),
        Index(
            "api_key_expiring_index",
            "organization_id",
            "id",
            "expires_at",
            postgresql_where=sa.text("revoked_at IS NULL AND expires_at IS NOT NULL"),
        ),
        Index(
            "api_key_expires_index",
            "expires_at",
            postgresql_where=sa.text("revoked_at IS NULL AND expires_at IS NOT NULL"),
        ),
        search_index("api_key", SEARCHED),
    )

    PREFIX: ClassVar[str] = "key"
    NOUN: ClassVar[str] = "ApiKey"

    token_id: str = Field(unique=True)
    full_access: bool
    # Empty with full access: then it is all scopes, those of later releases included.
    granted: list[str] = Field(sa_type=ARRAY(sa.Text))  # pyright: ignore[reportArgumentType]  # SQLModel's stub wants a class
    rules: list[dict[str, Any]] = Field(sa_type=JSONB)
    expires_at: datetime | None = moment(default=None)
    revoked_at: datetime | None = moment(default=None)
    updated_at: datetime = moment()
    digest: bytes
    pepper_version: int
    token_hint: str
    token_issued_at: datetime = moment()
    previous_digest: bytes | None = None
    previous_pepper_version: int | None = None
    previous_token_expires_at: datetime | None = moment(default=None)

    @property
    def scopes(self) -> list[Scope]:
        """What the key may do, in the order in which scopes are declared."""
        return [scope for scope in Scope if self.full_access or scope in self.granted]

    @property
    def ip_rules(self) -> list[IpRule]:
        return [
            IpRule(
                ids.shown("ipr", UUID(rule["id"])),
                ip_network(rule["cidr"]),
                rule["note"],
                datetime.fromisoformat(rule["created_at"]),
            )
            for rule in self.rules
        ]


TABLE = table_of(ApiKey)
SECRET = {"digest", "previous_digest"}
OWNED = (
    sa.select(
        *[column for column in TABLE.columns if column.name not in SECRET],
        status_of(TABLE).label("status"),
        sa.case((TABLE.c.previous_token_expires_at > NOW, TABLE.c.previous_token_expires_at)).label(
            "overlap_ends_at"
        ),
        USAGE.c.last_used_at,
        func.host(USAGE.c.last_used_ip).label("last_used_ip"),
    )
    .join_from(
        TABLE,
        USAGE,
        (USAGE.c.organization_id == TABLE.c.organization_id) & (USAGE.c.api_key_id == TABLE.c.id),
        isouter=True,
    )
    .where(TABLE.c.organization_id == bindparam("organization_id"))
)
LIST = Listing(ApiKey, "api_key", OWNED, filters_of(TABLE), SCATTERED)
ONE = Statement(OWNED.where(TABLE.c.id == bindparam("id")), ApiKey)
BY_TOKEN = Statement(sa.select(TABLE).where(TABLE.c.token_id == bindparam("token_id")), ApiKey)
ANY = Statement(sa.select(TABLE.c.pepper_version).limit(1), ApiKey)


async def find(
    connection: Connection, organization_id: UUID, id: UUID, now: datetime
) -> ApiKey | None:
    return await ONE.first(connection, organization_id=organization_id, id=id, now=now)


async def find_by_token_id(connection: Connection, token_id: str) -> ApiKey | None:
    """The key, digests included, that a token names; its organization isn't known before."""
    return await BY_TOKEN.first(connection, token_id=token_id)


async def exist(connection: Connection) -> bool:
    """Whether any organization has a key."""
    return await ANY.first(connection) is not None


async def page(
    connection: Connection,
    organization_id: UUID,
    ask: Ask,
    filters: Mapping[str, Any],
    sorting: Sorting[ApiKey],
    *,
    now: datetime,
) -> Page[ApiKey]:
    return await LIST.page(connection, organization_id, ask, filters, sorting, now=now)


async def count(
    connection: Connection, organization_id: UUID, filters: Mapping[str, Any], now: datetime
) -> int:
    return await LIST.count(connection, organization_id, filters, now=now)
