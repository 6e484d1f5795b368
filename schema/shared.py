"""Rows that several subscribers wait for at once, loaded once for all of them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias
from uuid import UUID

from db.news import News
from db.statement import Connection

Find: TypeAlias = Callable[[Connection, UUID, UUID], Awaitable[Any]]


class Load:
    """A row that is being loaded. The news is kept, so that no other can get its identity."""

    def __init__(self, news: News) -> None:
        self.news = news
        self.has_ended = asyncio.Event()
        self.has_row = False
        self.row: Any = None


class SharedRows:
    """Joins the loads of one process that the same news asks of the same organization.

    Only while the first is under way, and it began when the news was there already: so nobody is
    shown a row that is older than what it has heard. News that is equal, but came later, is
    another. Whose load fails, or is given up, fails alone: the others then load for themselves.
    """

    def __init__(self) -> None:
        self._loads: dict[tuple[Find, UUID, int], Load] = {}

    async def row(
        self, find: Find, owner: UUID, news: News, load: Callable[[], Awaitable[Any]]
    ) -> Any:
        """What `load` finds, which is `find` for the owner, by this call of it or by another."""
        place = find, owner, id(news)
        known = self._loads.get(place)
        if known is None:
            return await self._first(place, news, load)
        await known.has_ended.wait()
        return known.row if known.has_row else await load()

    async def _first(
        self, place: tuple[Find, UUID, int], news: News, load: Callable[[], Awaitable[Any]]
    ) -> Any:
        known = self._loads[place] = Load(news)
        try:
            known.row = await load()
            known.has_row = True
            return known.row
        finally:
            del self._loads[place]
            known.has_ended.set()
