"""What all lists have in common."""

from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel

from db.page import Page, substring
from schema.connection import Shown
from schema.context import Context


def filters_of(filter: BaseModel | None) -> dict[str, Any]:
    """The conditions that a client gave, as the statements of db/ take them."""
    if filter is None:
        return {}
    given = filter.model_dump(exclude_none=True)
    if "search" in given:
        given["search"] = substring(given["search"])
    return given


async def shown(
    context: Context,
    page: Callable[[Any], Awaitable[Page[Any]]],
    count: Callable[[Any], Awaitable[int]],
) -> Shown:
    """One page, and the count of the whole list for when it is asked for."""

    async def counted() -> int:
        async with context.reading() as connection:
            return await count(connection)

    found = await context.reading().read(page)
    context.share.weigh_page(found.nodes)
    return Shown(found, counted)
