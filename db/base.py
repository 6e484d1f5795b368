"""The base of every table, and the columns that several tables share."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Final, NamedTuple
from uuid import UUID

from sqlalchemy import DateTime, Index, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from db import ids

# Names by rule, so that migrations can name what they change.
SQLModel.metadata.naming_convention = {
    "ix": "%(table_name)s_%(column_0_N_name)s_index",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}

# For GIN indexes: written at once. What is put off is done by each search, and by an unlucky
# writer in the end.
STEADY = {"fastupdate": "off"}


def moment(**options: Any) -> Any:
    """A column for a point in time."""
    return Field(sa_type=DateTime(timezone=True), **options)  # pyright: ignore[reportArgumentType]  # SQLModel's stub wants a class


def text(**options: Any) -> Any:
    """A text column whose limits are the model's alone."""
    return Field(sa_type=Text, **options)


def search_index(table: str, searched: str) -> Index:
    """The index that finds the rows of an organization by any part of a text."""
    return Index(
        f"{table}_search_index",
        # The text comes first: then the organization's rows are only looked at where it fits.
        sql(f"({searched}) gin_trgm_ops"),
        "organization_id",
        postgresql_using="gin",
        postgresql_with=STEADY,
    )


TEXTS: Final = frozenset([str])


class Derived(NamedTuple):
    """How a property is worked out for many rows at once: from the values of these columns.

    `kind` where it is a named tuple of just these columns, in this order. `sure` are the types that
    all values have, where that is known.
    """

    columns: tuple[str, ...]
    all: Callable[..., list[Any]]
    kind: type[tuple[Any, ...]] | None = None
    sure: frozenset[type[Any]] | None = None


class Row(SQLModel):
    """A row that is checked against its declared limits on creation and assignment.

    SQLModel skips validation for tables unless asked; `validate_assignment` asks.
    """

    model_config = {"validate_assignment": True}

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # pyright: ignore[reportIncompatibleVariableOverride]  # SQLAlchemy's way
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()

    @classmethod
    def derived(cls) -> Mapping[str, Derived]:
        """Properties that say the same of many rows in less time than one by one."""
        return {}


class OwnedRow(Row):
    """A row that belongs to one organization, which comes first in its key."""

    PREFIX: ClassVar[str]
    NOUN: ClassVar[str]

    organization_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    created_at: datetime = moment()

    @property
    def typeid(self) -> str:
        """The identifier that clients see."""
        return ids.shown(self.PREFIX, self.id)

    @classmethod
    def derived(cls) -> Mapping[str, Derived]:
        return {"typeid": Derived(("id",), partial(ids.all_shown, cls.PREFIX), sure=TEXTS)}
