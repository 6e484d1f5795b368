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

    reading = context.reading()
    connection = reading.begin_now() or await reading.begin()
    # As `async with` has it, which would be a coroutine more at either end.
    try:
        found = await page(connection)
    except BaseException as error:
        await reading.__aexit__(type(error), error, error.__traceback__)
        raise
    if not reading.end_now():
        await reading.__aexit__(None, None, None)
    context.share.weigh_page(found.nodes)
    return Shown(found, counted)
