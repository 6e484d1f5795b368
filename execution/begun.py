"""Work that is begun where it is asked for: what waits for nothing needs no task of its own."""

from collections.abc import Awaitable, Coroutine, Generator
from typing import Any, TypeVar

T = TypeVar("T")


class Rest(Awaitable[T]):
    """What is left of some work, for a task to await: once, and it has to be awaited."""

    __slots__ = ("_waits_for", "_work")

    def __init__(self, work: Coroutine[Any, Any, T], waits_for: Any) -> None:
        self._work, self._waits_for = work, waits_for

    def __await__(self) -> Generator[Any, Any, T]:
        work, waits_for = self._work, self._waits_for
        if waits_for is not None:
            waits_for._asyncio_future_blocking = True  # noqa: SLF001  # as a future does it
        try:
            while True:
                try:
                    given = yield waits_for
                except BaseException as error:  # noqa: BLE001  # a cancellation is the work's, too
                    waits_for = work.throw(error)
                else:
                    waits_for = work.send(given)
        except StopIteration as ended:
            return ended.value


def begun(work: Coroutine[Any, Any, T]) -> T | Rest[T]:
    """What it comes to where it waits for nothing, else its rest; raises what it raises.

    Until it waits for something there is no current task, so asyncio.timeout() and the like have
    to come later, or in a task.
    """
    try:
        waits_for = work.send(None)
    except StopIteration as ended:
        return ended.value
    if waits_for is not None:
        # A future is marked as awaited until a task has seen it, and nobody else may await it then.
        # No task sees it here, so the mark is set once one does.
        waits_for._asyncio_future_blocking = False  # noqa: SLF001  # as a task does it
    return Rest(work, waits_for)
