"""A schema for timing execution alone: rows in memory, and guards as the house has them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Annotated, Any
from uuid import UUID

import strawberry
import strawberry.pydantic
from pydantic import BaseModel
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from access.caller import Caller, KnownKey
from access.networks import Rules
from db.actor import OPERATOR
from db.scope import ALL_SCOPES, Scope
from schema.guards import guarded, nested
from schema.loader import Loader
from schema.scalars import SCALARS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOBODY = UUID(int=0)
KEY = KnownKey(NOBODY, NOBODY, OPERATOR, ALL_SCOPES, True, Rules(frozenset()), None)  # noqa: FBT003
CALLER = Caller(KEY, ip_address("192.0.2.1"))


@strawberry.enum
class Status(StrEnum):
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


@dataclass(slots=True)
class Row:
    """What a function of db/ returns: no Strawberry type."""

    id: str
    number: int
    name: str
    description: str | None = "Hand-picked in spring."
    currency: str = "EUR"
    active: bool = True
    status: Status = Status.ACTIVE
    created_at: datetime = NOW
    updated_at: datetime = NOW


def rows(count: int, prefix: str) -> list[Row]:
    return [Row(f"{prefix}_{number}", number, f"Tea {number}") for number in range(count)]


MAKERS = {UUID(int=number): row for number, row in enumerate(rows(10, "maker"))}
ROWS, PARENTS = rows(20, "product"), rows(250, "parent")
CHILDREN = {parent.id: rows(250, parent.id) for parent in PARENTS}
PARTS = {row.id: rows(3, row.id) for row in ROWS}


async def makers(_connection: Any, _owner: UUID, ids: Any) -> dict[UUID, Row]:
    return {id: MAKERS[id] for id in ids}


@dataclass
class Context:
    """One request of a caller who may do all; what is loaded is in memory."""

    caller: Caller = CALLER
    loaders: dict[Any, Loader] = field(default_factory=dict[Any, Loader])

    async def load(self, batch: Any, id: UUID) -> Any:
        [found] = await self.load_all(batch, [id])
        return found

    async def load_all(self, batch: Any, ids: Any, _reads: Any = None) -> list[Any]:
        async def find(ids: list[UUID]) -> dict[UUID, Any]:
            return await batch(None, NOBODY, ids)

        return await self.loaders.setdefault(batch, Loader(find)).load(ids)


Info = strawberry.Info[Context, None]
AProduct = Annotated["Product", strawberry.lazy("benchmarks.subject")]


@strawberry.pydantic.type
class Part(BaseModel):
    id: strawberry.ID
    name: str

    @nested(AProduct, Scope.PRODUCTS_READ, makers)
    def maker(self: Any) -> UUID:
        return UUID(int=self.number)


@strawberry.type
class Product:
    id: strawberry.ID
    name: str
    description: str | None
    number: int
    currency: str
    active: bool
    status: Status
    created_at: datetime
    updated_at: datetime

    @strawberry.field(graphql_type=list[AProduct])
    def children(self: Any) -> list[Row]:
        return CHILDREN[self.id]

    @strawberry.field(graphql_type=list[Part])
    def parts(self: Any) -> list[Row]:
        return PARTS[self.id]


@strawberry.type
class Query:
    @guarded(list[Product], Scope.PRODUCTS_READ)
    async def products(self, info: Info, first: int = 20) -> list[Row]:
        return ROWS[:first]

    @guarded(list[Product], Scope.PRODUCTS_READ)
    async def parents(self, info: Info) -> list[Row]:
        return PARENTS


CONFIG = StrawberryConfig(scalar_map=SCALARS)
PLAIN = strawberry.Schema(Query, config=CONFIG)
CACHED = strawberry.Schema(Query, config=CONFIG, extensions=[ParserCache, ValidationCache])
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "20 x 9 fields": (
        """query ($first: Int!) { products(first: $first) {
          id name description number currency active status createdAt updatedAt } }""",
        {"first": 20},
    ),
    "250 x 250 nested": ("{ parents { id children { id name number active } } }", {}),
    "20 x 3, each loaded": ("{ products { id name parts { id name maker { id name } } } }", {}),
}
