"""The odd schema with subscriptions, and events that are null, wrong, raise or take a while."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any, NamedTuple

import strawberry
from strawberry.schema.config import StrawberryConfig

from db.scope import Scope
from schema.guards import streamed
from schema.scalars import SCALARS
from tests.odd_rows import KINDS, Color, Misfortune, Row, below, chance, id_of
from tests.odd_schema import HEX, Author, Book, Hex, Info, Node, Pamphlet, Query, Slice, Thing
from tests.odd_schema import Color as AColor

Source = AsyncGenerator[Any, None]


def followed(shows: Any) -> Any:
    return strawberry.subscription(graphql_type=shows)


@strawberry.type
class Subscription:
    """Fields with a source are shown as the event itself, the others read it."""

    name: str | None
    color: AColor

    @strawberry.field
    def told(self: Any, info: Info, prefix: str = "x") -> str:
        return f"{prefix} {id_of(self)} {self is info.root_value} {info.path.as_list()}"

    @streamed(Author | None, Scope.PRODUCTS_READ)
    async def author(self, info: Info, number: int = 1) -> Source: ...

    @followed(Author)
    def strict_author(self, slice: Slice) -> Source: ...

    @followed(Book | None)
    async def book(self) -> Source: ...

    @streamed(list[Book | None] | None, Scope.PRODUCTS_READ)
    async def books(self, info: Info, size: int = 4) -> Source: ...

    @followed(list[Thing])
    async def things(self) -> Source: ...

    @followed(Node | None)
    async def node(self, id: strawberry.ID | None = None) -> Source: ...

    @followed(int)
    async def ticks(self, to: int = 3) -> Source: ...

    @followed(list[AColor | None] | None)
    async def colors(self) -> Source: ...


SCHEMA = strawberry.Schema(
    Query,
    subscription=Subscription,
    types=[Pamphlet],
    config=StrawberryConfig(scalar_map={**SCALARS, Hex: HEX}),
)
EVENTS = SCHEMA._schema


class Pair(NamedTuple):
    """An event whose columns are read like a record's."""

    name: Any
    color: Any


# What a source tells that fits the field, by the number of the event.
FITTING: dict[str, Callable[[int], Any]] = {
    "name": lambda number: Pair(f"pair {number}", Color.RED),
    "color": lambda number: Row("Author", f"event{number}"),
    "told": lambda number: Row("Ghost", f"event{number}"),
    "author": lambda number: Row("Author", f"event{number}"),
    "strictAuthor": lambda number: Row("Author", f"strict{number}"),
    "book": lambda number: Row("Book", f"book{number}"),
    "books": lambda number: listed(f"books{number}", number % 6, "Book"),
    "things": lambda number: listed(f"things{number}", number % 5),
    "node": lambda number: Row(KINDS[number % 2], f"node{number}"),
    "ticks": lambda number: number,
    "colors": lambda _: [Color.RED, "g", None, 3, Color.BLUE],
}
ODD: list[Callable[[], Any]] = [
    lambda: None,
    lambda: Misfortune("an event that is an error"),
    lambda: Row("Ghost", "nobody"),
    lambda: Row("Pamphlet", "leaf"),
    lambda: [Row("Author", "listed"), None, Misfortune("an item")],
    lambda: 2**40,
    lambda: "text",
    lambda: Pair(None, "plaid"),
]


def listed(id: str, size: int, kind: str = "") -> Any:
    try:
        return below(None, id, size, kind)
    except Misfortune as error:
        return error


def event(field: str, number: int, *, later: bool) -> Any:
    """What a source tells; made anew by each call, since some can be looked at only once."""
    fate = chance("event", field, number)
    value = ODD[fate % len(ODD)]() if fate < 25 else FITTING[field](number)
    return Waited(value) if later and fate % 3 == 0 else value


class Waited:
    """An event that comes later; unlike a coroutine, it may also be left alone."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __await__(self) -> Generator[Any, None, Any]:
        yield from asyncio.sleep(0).__await__()
        if isinstance(self.value, Exception):
            raise self.value
        return self.value
