"""Organizations: who everything belongs to."""

import re
from datetime import datetime
from typing import Annotated, ClassVar, Final
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from pydantic import AfterValidator, BaseModel
from pydantic import Field as Stated
from sqlalchemy import CheckConstraint, bindparam
from sqlmodel import Field, col, select

from db import ids
from db.base import Row, moment
from db.errors import Conflict
from db.limits import Name
from db.statement import Connection, Statement, inserts, returning

SLUG = r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$"
FORM: Final = re.compile(SLUG)


def fitting(slug: str) -> str:
    if not FORM.fullmatch(slug):
        raise ValueError("must be 1 to 63 of a-z, 0-9 and hyphens, without a hyphen at either end")
    return slug


class Details(BaseModel):
    """What an operator states about an organization, and its keys see of it."""

    name: Name
    slug: Annotated[str, AfterValidator(fitting)] = Stated(
        description="A short name for addresses, e.g. acme."
    )


class Organization(Details, Row, table=True):
    __table_args__ = (CheckConstraint(f"slug ~ '{SLUG}'", name="slug_check"),)

    PREFIX: ClassVar[str] = "org"
    NOUN: ClassVar[str] = "Organization"

    id: UUID = Field(primary_key=True)
    slug: str = Field(unique=True)
    created_at: datetime = moment()

    @property
    def typeid(self) -> str:
        return ids.shown(self.PREFIX, self.id)


ALL = Statement(select(Organization).order_by(col(Organization.id)), Organization)
ONE = Statement(
    select(Organization).where(col(Organization.id) == bindparam("organization_id")), Organization
)
NAMED = Statement(
    select(Organization).where(col(Organization.slug) == bindparam("slug")), Organization
)
NEXT = Statement(
    select(col(Organization.id))
    .where(col(Organization.id) > bindparam("after"))
    .order_by(col(Organization.id))
    .limit(bindparam("most", type_=sa.Integer)),
    Organization,
)
INSERT = Statement(returning(inserts(Organization), Organization), Organization)


async def create(connection: Connection, details: Details, now: datetime) -> Organization:
    """A new organization; Conflict where the slug is taken."""
    row = Organization(id=ids.new_uuid(now), created_at=now, **details.model_dump())
    try:
        return await INSERT.row(connection, **row.model_dump())
    except asyncpg.UniqueViolationError:
        raise Conflict(f"The slug {details.slug} is taken.") from None


async def find(connection: Connection, organization_id: UUID) -> Organization | None:
    return await ONE.first(connection, organization_id=organization_id)


async def find_by_slug(connection: Connection, slug: str) -> Organization | None:
    return await NAMED.first(connection, slug=slug)


async def everyone(connection: Connection) -> list[Organization]:
    """All organizations, oldest first: for the operator alone."""
    return await ALL.all(connection)


async def ids_after(connection: Connection, after: UUID, most: int) -> list[UUID]:
    """The next organizations in the order of their ids, for what goes through all of them."""
    return [row.id for row in await NEXT.all(connection, after=after, most=most)]
