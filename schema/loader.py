"""Loads objects by their ids for one request, those asked for in the same tick together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

# Ids are UUIDs, or TypeIDs where several kinds of objects are loaded.
Find = Callable[[list[Any]], Awaitable[Mapping[Any, Any]]]
# A statement is given so many ids at most.
MOST = 1_000


class Loader:
    """Keeps what was found, so that an id is never asked for twice."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._rounds: dict[Any, Round] = {}
        self._open: Round | None = None

    async def load(self, ids: Sequence[Any]) -> list[Any]:
        """What there is for each id: None where there is nothing, an exception where it failed."""
        rounds = [self._round_of(id) for id in ids]
        # All are joined before any is waited for, so that each has somebody who waits.
        for future in [one.joined() for one in dict.fromkeys(rounds)]:
            await future
        return [one.found(id) for one, id in zip(rounds, ids, strict=True)]

    def _round_of(self, id: Any) -> "Round":
        known = self._rounds.get(id)
        if known is None or known.is_abandoned:
            if self._open is None or self._open.is_closed:
                self._open = Round(self._find)
            known = self._rounds[id] = self._open
            known.ids.append(id)
        return known


class Round:
    """One call for some ids; it is abandoned where nobody waits for it any more."""

    def __init__(self, find: Find) -> None:
        self.ids: list[Any] = []
        self.is_abandoned = False
        self._find = find
        self._found: Mapping[Any, Any] | Exception | None = None
        self._waiting: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None
        asyncio.get_running_loop().call_soon(self._begin)

    @property
    def is_closed(self) -> bool:
        return self._task is not None or len(self.ids) >= MOST

    def found(self, id: Any) -> Any:
        assert self._found is not None, "a round is asked once it is done"
        return self._found if isinstance(self._found, Exception) else self._found.get(id)

    def joined(self) -> asyncio.Future[None]:
        """A future of the caller's own: whoever is cancelled cancels what they wait for."""
        future = asyncio.get_running_loop().create_future()
        if self._found is None:
            self._waiting.append(future)
            future.add_done_callback(self._left)
        else:
            future.set_result(None)
        return future

    def _begin(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        try:
            self._found = await self._find(self.ids)
        except Exception as error:  # noqa: BLE001  # it is told to whoever asked
            self._found = error
        for future in self._waiting:
            if not future.done():
                future.set_result(None)

    def _left(self, _: object) -> None:
        if self._found is None and all(one.cancelled() for one in self._waiting):
            assert self._task, "it has begun before it can be told that somebody left"
            self.is_abandoned = True
            self._task.cancel()
