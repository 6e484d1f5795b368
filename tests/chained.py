"""Orders that lead to lines, and these to products: a small schema whose rows a test makes up."""

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import strawberry
import strawberry.pydantic
from pydantic import BaseModel, ConfigDict

from db.asked import lists_of, one_each
from db.scope import Scope
from schema.batch import Sparing
from schema.guards import guarded, nested_by
from schema.loader import Loader
from schema.share import Share
from tests import odd_rows


class OrderRow(NamedTuple):
    id: Any
    number: Any = "one"


class LineRow(NamedTuple):
    place: int
    product_id: UUID | None = None
    description: Any = "Tea"
    quantity: Any = 2


class ProductRow(NamedTuple):
    place: int
    id: UUID
    name: Any


class Loud(NamedTuple):
    """What would say another thing if it were read again."""

    id: UUID

    @property
    def number(self) -> str:
        return f"number {self.id.int}"


class Spoken(Loud):
    pass


@dataclass
class Held:
    """A row that holds its values by name, but for its place."""

    place: int
    description: str = "Cup"
    quantity: int = 1
    product_id: UUID | None = None

    def __getitem__(self, _: int) -> int:
        return self.place


@dataclass
class PageOf:
    nodes: Any


class Fleeting:
    """A page whose rows may be others the next time."""

    def __init__(self, nodes: list[Any]) -> None:
        self._nodes = nodes

    @property
    def nodes(self) -> list[Any]:
        if not self._nodes:
            raise odd_rows.Misfortune("no rows")
        return self._nodes


class Steady(Fleeting):
    STEADY = frozenset({"nodes"})


class Holder(NamedTuple):
    order: Any


class Context(odd_rows.Context):
    """Says what it was asked; `lines` and `products` are the rows by what they are asked for."""

    def __init__(self, shown: Any, lines: Any, products: Any, scopes: frozenset[Scope]) -> None:
        super().__init__(later=False, scopes=scopes)
        self.shown, self.share = shown, Share()
        self.lines, self.products = lines, products
        self.asked: list[str] = []

    async def load_all(self, batch: Any, ids: Any, _reads: Any = None, **_: Any) -> list[Any]:
        async def find(ids: list[Any]) -> dict[Any, Any]:
            rows = await self.load_rows(batch, ids, None)
            return dict(zip(ids, batch.parted(rows, len(ids)), strict=True))

        return await self.loaders.setdefault(batch, Loader(find)).load(ids)

    async def load_rows(self, batch: Sparing, ids: Any, reads: Any) -> list[Any]:
        return await batch.batch(self, odd_rows.NOBODY, ids, reads)


async def lines(context: Any, _owner: UUID, ids: Any, _reads: Any) -> list[Any]:
    context.asked.append("lines")
    if isinstance(context.lines, Exception):
        raise context.lines
    return [
        row._replace(place=place) if isinstance(row, LineRow) else Held(place)
        for place, id in enumerate(ids, 1)
        for row in context.lines.get(id, ())
    ]


async def products(context: Any, _owner: UUID, ids: Any, _reads: Any) -> list[Any]:
    context.asked.append("products")
    if isinstance(context.products, Exception):
        raise context.products
    there = [(place, id) for place, id in enumerate(ids, 1) if id in context.products]
    return [ProductRow(place, id, context.products[id]) for place, id in reversed(there)]


@strawberry.type
class Part:
    name: str


@strawberry.type
class Stamp:
    name: str

    @classmethod
    def is_type_of(cls, _value: Any, _info: Any) -> bool:
        return True


@strawberry.pydantic.type
class Product(BaseModel):
    name: str

    parts = nested_by("id", Part | None, None, Sparing(products, one_each))


@strawberry.pydantic.type
class Line(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    description: str
    quantity: int

    product = nested_by(
        "product_id",
        Product | None,
        Scope.PRODUCTS_READ,
        Sparing(products, one_each, may_repeat=lambda reads: reads == frozenset({"name"})),
    )
    stamp = nested_by("product_id", Stamp | None, None, Sparing(products, one_each))
    required = nested_by("product_id", Product, None, Sparing(products, one_each))


@strawberry.pydantic.type
class Order(BaseModel):
    number: str

    lines = nested_by("id", list[Line], None, Sparing(lines, lists_of))


@strawberry.type
class Page:
    nodes: list[Order]


@strawberry.type
class Hold:
    order: Order


@strawberry.type
class Query:
    @guarded(list[Order], Scope.INVOICES_READ)
    async def orders(self, info: strawberry.Info) -> Any:
        return shown(info)

    @guarded(Page | None, Scope.INVOICES_READ)
    async def page(self, info: strawberry.Info) -> Any:
        return shown(info)

    @guarded(list[Hold], Scope.INVOICES_READ)
    async def holders(self, info: strawberry.Info) -> Any:
        return shown(info)


def shown(info: Any) -> Any:
    if isinstance(info.context.shown, Exception):
        raise info.context.shown
    return info.context.shown


SCHEMA = strawberry.Schema(Query)._schema
