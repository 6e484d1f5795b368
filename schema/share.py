"""How many connections one request may hold at the same time."""

import asyncio
from collections import deque
from typing import Final

SHARE: Final = 3


class Share:
    """A semaphore whose common case, that there is room, waits for nothing."""

    __slots__ = ("_free", "_waiting")

    def __init__(self, size: int = SHARE) -> None:
        self._free = size
        self._waiting: deque[asyncio.Future[None]] | None = None

    def take_now(self) -> bool:
        """Whether there is room, which is taken then. Where somebody waits there is none."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    async def take(self) -> None:
        """Take room once there is some; who waits first is first."""
        if self.take_now():
            return
        turn = asyncio.get_running_loop().create_future()
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                # It was given room just before it was ended.
                self.give_back()
            raise

    def give_back(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
