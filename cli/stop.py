"""Ctrl-C and SIGTERM: the first ends the server cleanly, the second at once."""

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    def __init__(self, *, is_patient: bool = False) -> None:
        """A patient one never ends at once: its parent sees to that, and may ask twice.

        What it hears before its run ends that.
        """
        self._asked = False
        self._is_patient = is_patient
        self._cancel: Callable[[], object] | None = None

    @property
    def asked(self) -> bool:
        return self._asked

    def listen(self) -> None:
        """From now on; outside of `run` the first signal is a KeyboardInterrupt."""
        for number in SIGNALS:
            signal.signal(number, self._heard)

    def run(self, work: Coroutine[Any, Any, T]) -> T | None:
        """Run the work in a loop of its own; a signal cancels it, and its cleaning up runs.

        From its end on, a first signal only shows in `asked`.
        """
        with asyncio.Runner() as runner:
            try:
                return runner.run(self._cancellable(work))
            except asyncio.CancelledError:
                if not self._asked:
                    raise
                return None
            finally:
                # What is left to do is short; only a second signal cuts it off.
                self._cancel = _nothing

    async def _cancellable(self, work: Coroutine[Any, Any, T]) -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None, "this runs in a task"
        self._cancel = lambda: loop.call_soon_threadsafe(task.cancel)
        if self._asked:
            self._cancel()
        return await work

    def _heard(self, number: int, _frame: object) -> None:
        if self._asked:
            if self._is_patient:
                return
            # PostgreSQL ends with its owner, and keeps all that was acknowledged.
            os._exit(128 + number)
        self._asked = True
        if self._cancel is not None:
            self._cancel()
        elif not self._is_patient:
            raise KeyboardInterrupt


@contextmanager
def held_back() -> Generator[None]:
    """Signals that come inside the block are heard after it."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def let_through() -> None:
    """In a process that was forked while they were held back."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


@contextmanager
def waking() -> Generator[int]:
    """A pipe that has something to read once a signal was heard."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    before = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    try:
        yield reader
    finally:
        signal.set_wakeup_fd(before)
        os.close(reader)
        os.close(writer)


def _nothing() -> None: ...
