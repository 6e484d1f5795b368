"""Times at which whoever still waits is told TimeoutError, looked after by one timer for all.

A timer for each, which is hardly ever needed, is a good part of what a short wait costs.
"""

import asyncio
from bisect import insort
from collections import deque
from operator import itemgetter
from typing import Any, TypeAlias

Waiting: TypeAlias = asyncio.Future[Any]


class Deadlines:
    """Of one loop. What is done is forgotten when others come, and at its time at the latest."""

    def __init__(self) -> None:
        self._rows: deque[tuple[float, Waiting]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._looks_at = 0.0

    def add(self, until: float, waiting: Waiting) -> None:
        """Let it wait until that time of the loop's clock."""
        rows = self._rows
        while rows and rows[0][1].done():
            rows.popleft()
        if rows and until < rows[-1][0]:
            # Who waits for the second time has less time left than others.
            insort(rows, (until, waiting), key=itemgetter(0))
        else:
            rows.append((until, waiting))
        if self._timer is None or until < self._looks_at:
            self._look_at(until)

    def _look_at(self, time: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._looks_at = time
        self._timer = asyncio.get_running_loop().call_at(time, self._look)

    def _look(self) -> None:
        self._timer, rows = None, self._rows
        now = asyncio.get_running_loop().time()
        while rows and (rows[0][1].done() or rows[0][0] <= now):
            expire(rows.popleft()[1])
        if rows:
            self._look_at(rows[0][0])


def expire(waiting: Waiting) -> None:
    if not waiting.done():
        waiting.set_exception(TimeoutError())
