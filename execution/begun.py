"""Work that is begun where it is asked for: what waits for nothing needs no task of its own."""

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class Rest(Generic[T]):
    """What is left of some work: it has to be awaited by a task, or gone on with, to its end.

    `waits_for` is the future that it waits for, or None where it lets others go first.
    """

    __slots__ = ("_ends", "_work", "waits_for")

    def __init__(self, work: Coroutine[Any, Any, T], waits_for: Any) -> None:
        self._work, self.waits_for = work, waits_for
        self._ends: list[Callable[[Any], Any]] = []

    def then(self, end: Callable[[T | Exception], U]) -> "Rest[U]":
        """The same work, and then what the end makes of what it comes to or raises."""
        self._ends.append(end)
        # It is the same one, whose work comes to something else now.
        rest: Any = self
        return rest

    def go_on(self) -> "T | Rest[T]":
        """Do what can be done once `waits_for` is there, without a task, as `begun` does it.

        What it comes to, or the same rest where it waits again; raises what it raises.
        """
        try:
            self.waits_for = _unmarked(self._work.send(None))
        except StopIteration as ended:
            return self._ended(ended.value)
        except Exception as error:  # noqa: BLE001  # an end may make something of it
            return self._ended(error)
        return self

    def __await__(self) -> Generator[Any, Any, T]:
        work, waits_for = self._work, self.waits_for
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
            return self._ended(ended.value)
        except Exception as error:  # noqa: BLE001  # an end may make something of it
            return self._ended(error)

    def _ended(self, came: Any) -> Any:
        for end in self._ends:
            try:
                came = end(came)
            except Exception as error:  # noqa: BLE001  # the next end may make something of it
                came = error
        if isinstance(came, Exception):
            raise came
        return came


def begun(work: Coroutine[Any, Any, T]) -> T | Rest[T]:
    """What it comes to where it waits for nothing, else its rest; raises what it raises.

    There is no current task meanwhile, so asyncio.timeout() and the like have to be a task's.
    """
    try:
        waits_for = work.send(None)
    except StopIteration as ended:
        return ended.value
    return Rest(work, _unmarked(waits_for))


def _unmarked(waits_for: Any) -> Any:
    """A future is marked as awaited until a task has seen it, and nobody else may await it then.

    No task sees it here, so the mark is set once one does.
    """
    if waits_for is not None:
        waits_for._asyncio_future_blocking = False  # noqa: SLF001  # as a task does it
    return waits_for
