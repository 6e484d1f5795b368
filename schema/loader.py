"""Loads objects by their ids for one request, those asked for in the same tick together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

# Ids are UUIDs, or TypeIDs where several kinds of objects are loaded.
Find = Callable[[list[Any]], Awaitable[Mapping[Any, Any]]]
# Unlike a UUID itself, its bytes are hashed without Python's large numbers.
BYTES = attrgetter("bytes")
# A statement is given so many ids at most.
MOST = 1_000


async def at_once(find: Find, ids: Sequence[Any]) -> list[Any]:
    """What a Loader finds, for somebody who is the only one to ask; nothing of it is kept."""
    if not ids:
        return []
    try:
        found = await find(list(dict.fromkeys(ids)))
    except Exception as error:  # noqa: BLE001  # it is told to whoever asked
        return [error] * len(ids)
    return list(map(found.get, ids))


def are_different(ids: Sequence[Any]) -> bool:
    """Whether all are UUIDs, and none is there twice."""
    try:
        return len(set(map(BYTES, ids))) == len(ids)
    except AttributeError:
        return False


def different(ids: Sequence[Any]) -> Sequence[Any]:
    """Each of some UUIDs once: the very sequence, where none is there twice."""
    return ids if len(set(map(BYTES, ids))) == len(ids) else list(dict.fromkeys(ids))


class Loader:
    """Keeps what was found, so that an id is never asked for twice."""

    def __init__(self, find: Find) -> None:
        self._find = find
        self._rounds: dict[Any, Round] = {}
        self._open: Round | None = None

    async def load(self, ids: Sequence[Any]) -> list[Any]:
        """What there is for each id: None where there is nothing, an exception where it failed."""
        rounds = self._joined(dict.fromkeys(ids))
        # All are joined before any is waited for, so that each has somebody who waits.
        for future in [one.joined() for one in rounds]:
            await future
        if len(rounds) == 1:
            return rounds[0].found_all(ids)
        return [self._rounds[id].found(id) for id in ids]

    def _joined(self, ids: dict[Any, None]) -> "list[Round]":
        """The rounds in which these ids are asked for; new ones are added to what is to begin."""
        known = self._rounds
        new = [id for id in ids if id not in known or known[id].is_abandoned]
        while new:
            if self._open is None or self._open.is_closed:
                self._open = Round(self._find)
            some = self._open.take(new)
            known.update(dict.fromkeys(some, self._open))
            new = new[len(some) :]
        return list(dict.fromkeys(known[id] for id in ids))


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

    def take(self, ids: list[Any]) -> list[Any]:
        """Those of new ids that have room here, from the first on."""
        some = ids[: MOST - len(self.ids)]
        self.ids += some
        return some

    def found_all(self, ids: Sequence[Any]) -> list[Any]:
        assert self._found is not None, "a round is asked once it is done"
        if isinstance(self._found, Exception):
            return [self._found] * len(ids)
        return list(map(self._found.get, ids))

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
