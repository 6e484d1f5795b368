"""Tells what happened to whoever listens: in this process at once, in others by the listener."""

import asyncio
from collections import defaultdict, deque
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from db.errors import Unavailable
from db.news import EVERYTHING, Kind, News, packed, unpacked

MOST_WAITING: Final = 1_000
MOST_OUTGOING: Final = 20_000


class Ear:
    """One listener's news, in their order; bounded, so that a slow one costs no memory."""

    def __init__(self) -> None:
        self._news: deque[News] = deque()
        self._ready = asyncio.Event()
        self._missed = False

    def hear(self, news: News) -> None:
        if len(self._news) < MOST_WAITING:
            self._news.append(news)
            self._ready.set()
        else:
            self.miss()

    def miss(self) -> None:
        """Some news didn't come, and nobody knows which."""
        self._missed = True
        self._ready.set()

    async def next(self) -> News:
        """The next news; Unavailable, once, where some were missed before it."""
        while True:
            if self._missed:
                self._missed = False
                raise Unavailable("Some events were missed; read the list, and subscribe again.")
            if self._news:
                return self._news.popleft()
            self._ready.clear()
            await self._ready.wait()


class Hub:
    """The news of one process; `outgoing` is set while there are some to tell the others."""

    def __init__(self) -> None:
        self.outgoing = asyncio.Event()
        self._waiting: dict[News, None] = {}
        self._overflown = False
        self._ears: defaultdict[tuple[Kind, UUID | None], set[Ear]] = defaultdict(set)

    @contextmanager
    def listening(self, kind: Kind, organization_id: UUID | None = None) -> Generator[Ear]:
        """An ear for one kind of news, of one organization or of all."""
        ear, place = Ear(), (kind, organization_id)
        self._ears[place].add(ear)
        try:
            yield ear
        finally:
            self._ears[place].discard(ear)
            if not self._ears[place]:
                del self._ears[place]

    def tell(self, news: Iterable[News]) -> None:
        """What a transaction of this process has committed."""
        for each in news:
            self._spread(each)
            self._waiting[each] = None
        if len(self._waiting) > MOST_OUTGOING:
            self._waiting.clear()
            self._overflown = True
        if self._waiting or self._overflown:
            self.outgoing.set()

    def hear(self, payload: str) -> None:
        """What another process told."""
        if payload == EVERYTHING:
            self.miss()
            return
        try:
            for each in unpacked(payload):
                self._spread(each)
        except ValueError:
            # Another release tells what this one doesn't know.
            self.miss()

    def miss(self) -> None:
        """Nothing was heard for a while: every listener must look for itself."""
        for ears in self._ears.values():
            for ear in ears:
                ear.miss()

    def take(self) -> list[str]:
        """What the other processes are still to be told; the caller tells them, or puts it back."""
        payloads = [EVERYTHING] if self._overflown else packed(self._waiting)
        self._waiting.clear()
        self._overflown = False
        self.outgoing.clear()
        return payloads

    def put_back(self) -> None:
        """What was taken could not be told, and nobody knows how far it came."""
        self._overflown = True
        self.outgoing.set()

    def _spread(self, news: News) -> None:
        for place in ((news.kind, news.organization_id), (news.kind, None)):
            for ear in self._ears.get(place, ()):
                ear.hear(news)
