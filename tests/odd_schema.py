"""A schema of everything that programs cover, over rows that misbehave."""

import asyncio
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NewType
from uuid import UUID

import strawberry
import strawberry.pydantic
from pydantic import BaseModel
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.schema.config import StrawberryConfig

from db.scope import Scope
from schema.guards import nested
from schema.scalars import SCALARS
from tests import odd_rows
from tests.odd_rows import Context, Misfortune, Row, below, chance, id_of, one

Info = strawberry.Info[Context, None]
Color, Mood = strawberry.enum(odd_rows.Color), strawberry.enum(odd_rows.Mood)
Hex = NewType("Hex", int)
HEX = strawberry.scalar(
    name="Hex",
    serialize=lambda value: hex(value) if value else None,
    parse_value=lambda value: int(value, 16),
)


class IsLucky(BasePermission):
    message = "Not today."

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        return chance("permission", info.path.as_list()) > 15


class IsLuckyLater(BasePermission):
    message = "Not today, and it took a while to say."

    async def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        await asyncio.sleep(0)
        return chance("later", info.path.as_list()) > 15


def lucky(shows: Any, permission: BasePermission) -> Any:
    guard = PermissionExtension(permissions=[permission], use_directives=False)
    return strawberry.field(graphql_type=shows, extensions=[guard])


def answered(info: Info, give: Any, source: Any, name: str, *rest: Any) -> Any:
    """What `give` gives or raises, now or later."""
    try:
        value = give(source, name, *rest)
    except Misfortune as error:
        value = error
    return info.context.answer(value, id_of(source), name)


def is_of(kind: str, value: Any) -> bool:
    return isinstance(value, Row) and value.kind == kind


@strawberry.input
class Slice:
    size: int = 2
    colors: list[Color] = strawberry.field(default_factory=list)
    label: str | None = None


@strawberry.interface
class Node:
    id: strawberry.ID

    @strawberry.field
    def label(self, info: Info, prefix: str = "x", shade: Color = Color.RED) -> str | None:
        shown = [node.alias.value if node.alias else "" for node in info._raw_info.field_nodes]
        return f"{prefix} {shade.name} {info.path.as_list()} {info.return_type} {shown}"


@strawberry.interface
class Named:
    name: str | None


AnAuthor = Annotated["Author", strawberry.lazy("tests.odd_schema")]
ABook = Annotated["Book", strawberry.lazy("tests.odd_schema")]
AThing = Annotated["Thing", strawberry.lazy("tests.odd_schema")]


@strawberry.type
class Author(Node, Named):
    strict_name: str
    color: Color | None
    mood: Mood | None
    hex: Hex | None
    ratio: float | None
    count: int | None
    lively: bool
    made_at: datetime
    price: Decimal | None
    matrix: list[list[int | None] | None] | None
    tags: list[str | None] | None
    strict_tags: list[str]
    moody: str | None
    later: str | None

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return is_of("Author", value)

    @strawberry.field(graphql_type=list[ABook | None] | None)
    def books(self, info: Info, slice: Slice, *, reverse: bool = False) -> Any:
        name = f"b{slice.label or ''}{len(slice.colors)}{reverse}"
        return answered(info, below, self, name, slice.size % 4, "Book")

    @lucky(AnAuthor | None, IsLucky())
    def friend(self, info: Info) -> Any:
        return answered(info, one, self, "friend")

    @lucky(AnAuthor, IsLucky())
    def strict_friend(self, info: Info) -> Any:
        return answered(info, one, self, "strict")

    @lucky(AnAuthor | None, IsLuckyLater())
    async def late_friend(self, info: Info) -> Any:
        return one(self, "late")

    @strawberry.field(graphql_type=list[list[AThing | None]] | None)
    def shelves(self, info: Info, size: int = 2) -> Any:
        return answered(info, lambda *at: [below(*at, 2), below(*at, size % 3)], self, "shelves")

    @strawberry.field(graphql_type=list[Node])
    def nodes(self, info: Info) -> Any:
        return answered(info, below, self, "nodes")

    @strawberry.field(graphql_type=list[int] | None)
    def numbers(self) -> Any:
        return odd_rows.numbers(self)

    @strawberry.field(graphql_type=list[str])
    def letters(self) -> Any:
        return odd_rows.letters(self)


@strawberry.pydantic.type
class Book(BaseModel, Node):
    strict_name: str
    count: int
    color: Color

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return is_of("Book", value)

    @nested(Author | None, Scope.PRODUCTS_READ, odd_rows.publishers)
    def publisher(self: Any) -> UUID | None:
        number = chance(self.id, "publisher") % 12
        if number == 10:
            raise Misfortune("no publisher")
        return UUID(int=number) if number else None

    @nested(Author, None, odd_rows.publishers)
    def strict_publisher(self: Any) -> UUID | None:
        return UUID(int=1 + chance(self.id, "strict") % 4)

    @strawberry.pydantic.field(graphql_type=AThing | None)
    def thing(self: Any, info: Info) -> Any:
        return answered(info, one, self, "thing", odd_rows.KINDS[chance(self.id) % 4])


@strawberry.type
class Pamphlet:
    """Of no interface: only unions show it."""

    name: str | None
    lively: bool

    @classmethod
    def is_type_of(cls, value: Any, _info: Any) -> bool:
        return is_of("Pamphlet", value)

    @strawberry.field(graphql_type=Named | None)
    def about(self, info: Info) -> Any:
        return answered(info, one, self, "about")


Thing = Annotated[Author | Book | Pamphlet, strawberry.union("Thing")]


@strawberry.type
class Query:
    @strawberry.field(graphql_type=Author | None)
    def author(self, info: Info, number: int = 1) -> Any:
        return answered(info, one, self, f"a{number % 50}")

    @strawberry.field(graphql_type=Author)
    def strict_author(self, info: Info, number: int = 1) -> Any:
        return answered(info, one, self, f"s{number % 50}")

    @lucky(list[Author | None], IsLucky())
    def authors(self, info: Info, slice: Slice | None = None) -> Any:
        size = slice.size if slice else 3
        return answered(info, below, self, f"as{size % 7}", size % 5, "Author")

    @strawberry.field(graphql_type=list[Book | None])
    def books(self, info: Info, size: int = 4) -> Any:
        return answered(info, below, self, f"bs{size % 9}", size % 6, "Book")

    @lucky(list[Author] | None, IsLuckyLater())
    async def late_authors(self, info: Info, size: int = 3) -> Any:
        return below(self, f"la{size % 5}", size % 5, "Author")

    @strawberry.field(graphql_type=list[Thing | None] | None)
    def things(self, info: Info, size: int = 3) -> Any:
        return answered(info, below, self, f"ts{size % 50}", size % 5)

    @strawberry.field(graphql_type=Node | None)
    def node(self, info: Info, id: strawberry.ID) -> Any:
        return answered(info, one, self, f"n{id}", odd_rows.KINDS[chance(id) % 4])


@strawberry.type
class Mutation:
    @strawberry.field(graphql_type=Author | None)
    def write(self, info: Info, input: Slice) -> Any:
        info.context.log.append(f"write {input.size} {info.path.key}")
        return answered(info, one, self, f"w{input.size % 50}")

    @strawberry.field(graphql_type=Author)
    def strict_write(self, info: Info, number: int) -> Any:
        info.context.log.append(f"strict {number} {info.path.key}")
        return answered(info, one, self, f"sw{number % 50}")

    @strawberry.field(graphql_type=list[Author])
    async def late_write(self, info: Info) -> Any:
        await asyncio.sleep(0)
        info.context.log.append(f"late {info.path.key}")
        return below(self, "lw", 2, "Author")


odd = strawberry.Schema(
    Query, Mutation, types=[Pamphlet], config=StrawberryConfig(scalar_map={**SCALARS, Hex: HEX})
)
CORE = odd._schema
