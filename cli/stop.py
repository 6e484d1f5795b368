"""Ctrl-C and SIGTERM: the first ends the server cleanly, the second at once."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any


class Stop:
    def __init__(self) -> None:
        self._asked = False
        self._cancel: Callable[[], object] | None = None

    def listen(self) -> None:
        """From now on; outside of `run` the first signal is a KeyboardInterrupt."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._heard)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Run the work in a loop of its own; a signal cancels it, and its cleaning up runs."""
        with asyncio.Runner() as runner:
            try:
                runner.run(self._cancellable(work))
            except asyncio.CancelledError:
                if not self._asked:
                    raise
            finally:
                # What is left to do is short; only a second signal cuts it off.
                self._cancel = _nothing

    async def _cancellable(self, work: Coroutine[Any, Any, None]) -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None, "this runs in a task"
        self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        await work

    def _heard(self, number: int, _frame: object) -> None:
        if self._asked:
            # PostgreSQL ends with its owner, and keeps all that was acknowledged.
            os._exit(128 + number)
        self._asked = True
        if self._cancel is None:
            raise KeyboardInterrupt
        self._cancel()


def _nothing() -> None: ...
