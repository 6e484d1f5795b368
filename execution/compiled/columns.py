"""Columns of values, some of which may still have to be awaited."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence
from enum import Enum, auto
from functools import lru_cache
from itertools import islice
from types import NoneType
from typing import Any, Final, Self, TypeAlias, cast

from graphql.pyutils import Undefined

Column: TypeAlias = list[Any]
Coming: TypeAlias = Column | Awaitable[Column]
Step: TypeAlias = Callable[[Column], Coming]


class Nature(Enum):
    """What a value means to an executor."""

    # Enum's own, which runs Python, would be the most of looking over a column.
    __hash__ = object.__hash__

    LIVE = auto()
    EMPTY = auto()
    FAILED = auto()
    AWAITABLE = auto()


LIVE = {Nature.LIVE}
PIECE: Final = 1_000


@lru_cache(maxsize=2048)
def nature(kind: type[Any]) -> Nature:
    """What all values of one Python type mean."""
    if kind in {NoneType, type(Undefined)}:
        return Nature.EMPTY
    if issubclass(kind, Exception):
        return Nature.FAILED
    return Nature.AWAITABLE if hasattr(kind, "__await__") else Nature.LIVE


def nature_of(value: Any) -> Nature:
    return nature(cast("Any", type(value)))


def natures_of(column: Column) -> set[Nature]:
    kinds: set[type[Any]] = set(map(type, column))
    return set(map(nature, kinds))


def attempt(function: Callable[..., Any], /, *values: Any, **named: Any) -> Any:
    """The function's answer, or the exception that it raised."""
    try:
        return function(*values, **named)
    except Exception as error:  # noqa: BLE001  # whatever a resolver raises is its field's error
        return error


def tried(function: Callable[[Column], Column], column: Column) -> Column | None:
    """What the function makes of a column, None where it raises; nothing of that is kept."""
    answer = attempt(function, column)
    return None if isinstance(answer, Exception) else answer


def mapped(function: Callable[[Any], Any], values: Column) -> Column:
    """What the function gives or raises for each of the values, called once for each."""
    size = len(values)
    if size == 1:
        return [attempt(function, values[0])]
    coming = map(function, values)
    if size <= PIECE:
        return _next(coming, size)
    # A list that grows takes an eighth more memory than one that has its size from the start.
    column: Column = [None] * size
    for start in range(0, size, PIECE):
        end = min(start + PIECE, size)
        column[start:end] = _next(coming, end - start)
    return column


def _next(coming: Iterator[Any], count: int) -> Column:
    """So many values more, or the exceptions that they are."""
    column: Column = []
    while len(column) < count:
        try:
            column.extend(islice(coming, count - len(column)))
        except Exception as error:  # noqa: BLE001  # see attempt
            # What came before the error is in the column already.
            column.append(error)
        else:
            if len(column) < count:
                # This one ends what asks for more, and nothing but a value can have raised it.
                column.append(StopIteration())
    return column


class Pending:
    """A column that has to be awaited, and the steps that follow then.

    One coroutine takes all of them: each that a statement of the database is waited for in costs
    time when the wait begins and when it ends.
    """

    __slots__ = ("_coming", "_steps")

    def __init__(self, coming: Awaitable[Column], step: Step) -> None:
        self._coming, self._steps = coming, [step]

    def followed(self, step: Step) -> Self:
        self._steps.append(step)
        return self

    def __await__(self) -> Generator[Any, Any, Column]:
        return self._taken().__await__()

    async def _taken(self) -> Column:
        return await self.stepped(await self._coming)

    async def stepped(self, column: Column) -> Column:
        """The column once all steps are taken."""
        for step in self._steps:
            following = step(column)
            column = following if isinstance(following, list) else await following
        return column


def then(column: Coming, step: Step) -> Coming:
    """Take a step now if the column is there, else when it is."""
    if isinstance(column, list):
        return step(column)
    return column.followed(step) if isinstance(column, Pending) else Pending(column, step)


def joined(columns: Sequence[Coming], step: Callable[[list[Column]], Coming]) -> Coming:
    """Take a step with all columns, awaited side by side where one has to be."""
    if len(columns) == 1:
        return then(columns[0], lambda column: step([column]))
    there = [column for column in columns if isinstance(column, list)]
    return step(there) if len(there) == len(columns) else Pending(_gathered(columns), step)


async def _gathered(columns: Sequence[Coming]) -> list[Column]:
    given = await _all([column for column in columns if not isinstance(column, list)])
    for value in given:
        if isinstance(value, Exception):
            raise value
    arrived = iter(given)
    return [column if isinstance(column, list) else next(arrived) for column in columns]


async def settled(column: Column) -> Column:
    """The column with its awaitables replaced by what they gave or raised."""
    if len(column) == 1:
        return [await _answer(column[0])]
    places = [i for i, value in enumerate(column) if nature_of(value) is Nature.AWAITABLE]
    settled = column.copy()
    for place, given in zip(places, await _all([column[i] for i in places]), strict=True):
        settled[place] = given
    return settled


async def _all(awaitables: Sequence[Awaitable[Any]]) -> list[Any]:
    """What each gives or raises, once all have ended: none is left behind."""
    if len(awaitables) == 1:
        # One alone needs no task of its own.
        return [await _answer(awaitables[0])]
    given = await asyncio.gather(*awaitables, return_exceptions=True)
    for value in given:
        if isinstance(value, BaseException) and not isinstance(value, Exception):
            raise value
    return given


async def _answer(awaitable: Awaitable[Any]) -> Any:
    try:
        return await awaitable
    except Exception as error:  # noqa: BLE001  # see attempt
        return error


def answers(function: Callable[..., Any], values: Column, *rest: Any) -> Coming:
    """The function's answer, or the exception that it raised, for each of the values."""
    column = mapped(lambda value: function(value, *rest), values)
    return settled(column) if Nature.AWAITABLE in natures_of(column) else column


def spread(values: Column, positions: list[int], size: int) -> Column:
    """A column of the given size with the values at their positions, None elsewhere."""
    column: Column = [None] * size
    for position, value in zip(positions, values, strict=True):
        column[position] = value
    return column
