"""Pages of a list as clients see them (the GraphQL Cursor Connections Specification)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Generic, NamedTuple, TypeVar

import strawberry

from db.page import Page
from schema.later import Later

T = TypeVar("T")


First = Annotated[
    int | None,
    strawberry.argument(description="How many from the front: 0 to 100, 20 where none is said."),
]
After = Annotated[
    str | None, strawberry.argument(description="A cursor of this list: the page begins after it.")
]
Last = Annotated[
    int | None,
    strawberry.argument(description="How many from the end, in place of first: 0 to 100."),
]
Before = Annotated[
    str | None, strawberry.argument(description="A cursor of this list: the page ends before it.")
]


@strawberry.type(description="Whether there is more before and after a page.")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool = strawberry.field(
        description="Going forward: whether the page was asked for by `after`."
    )
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type
class Edge(Generic[T]):
    cursor: str
    node: T


@strawberry.type
class Connection(Generic[T]):
    edges: list[Edge[T]]
    nodes: list[T]
    page_info: PageInfo
    total_count: int = strawberry.field(
        description="Exact. With a filter the rows that fit are counted: ask only if you need it."
    )


class RowEdge(NamedTuple):
    cursor: str
    node: Any


@dataclass(slots=True, eq=False)
class Shown:
    """A page of rows; what isn't asked for isn't worked out.

    One is made for each list, and a frozen one would take three times as long.
    """

    # What may be read again: compiled execution does that where something turns out to be wrong.
    STEADY: ClassVar = frozenset({"edges", "nodes", "page_info"})

    page: Page[Any]
    count: Callable[[], Awaitable[int]]

    @property
    def nodes(self) -> list[Any]:
        return list(self.page.nodes)

    @property
    def edges(self) -> list[RowEdge]:
        return [RowEdge(self.page.cursor(row), row) for row in self.page.nodes]

    @property
    def page_info(self) -> PageInfo:
        page = self.page
        # It was looked for them, for this is asked.
        assert page.has_next is not None
        assert page.has_previous is not None
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=page.cursor(page.nodes[0]) if page.nodes else None,
            end_cursor=page.cursor(page.nodes[-1]) if page.nodes else None,
        )

    @property
    def total_count(self) -> Later[int]:
        return Later(self.count)
