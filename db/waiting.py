"""Who waits for a connection: organizations in turn, whatever number of requests each has."""

import asyncio
from collections import OrderedDict, deque
from typing import Generic, TypeAlias, TypeVar
from uuid import UUID

T = TypeVar("T")
# What isn't any one organization's has no id: looking up keys, and what goes on in the background.
Owner: TypeAlias = UUID | None


class Waiting(Generic[T]):
    """Of one owner who came first is first, and of several each has a turn.

    So an organization whose statements take long waits for itself, and others for one of them.
    """

    def __init__(self) -> None:
        # Whether anybody waits is asked each time that a connection is given back.
        self.rows: OrderedDict[Owner, deque[asyncio.Future[T]]] = OrderedDict()

    def add(self, owner: Owner, future: asyncio.Future[T]) -> None:
        row = self.rows.get(owner)
        if row is None:
            row = self.rows[owner] = deque()
        row.append(future)

    def is_for_others(self, owner: Owner) -> bool:
        """Whether anybody but this owner waits."""
        return bool(self.rows) and (len(self.rows) > 1 or owner not in self.rows)

    def next(self) -> asyncio.Future[T]:
        """Take out who is next; only where somebody waits. It may be nobody's any more."""
        owner, row = self.rows.popitem(last=False)
        future = row.popleft()
        # Who has given up takes no turn away from the owner's others.
        while future.done() and row:
            future = row.popleft()
        if row:
            self.rows[owner] = row
        return future
