"""How much memory rows take."""

from collections.abc import Sequence
from itertools import chain
from sys import getsizeof
from typing import Any, Final, cast

import asyncpg

# What columns of JSON hold.
JSON: Final = frozenset([dict, list])
LIST: Final = frozenset([list])


def volume(rows: Sequence[Any]) -> int:
    """Bytes that the values of rows take, of lists of rows, or of texts; None takes nothing.

    What rows have in common, such as a small number, is counted for each.
    """
    there = [row for row in rows if row is not None]
    kinds = set(map(type, there))
    if all(issubclass(kind, asyncpg.Record) for kind in kinds):
        # By far the most, for which no function of Python is called for each.
        return _of_cells(list(chain.from_iterable(there)))
    if kinds <= LIST:
        return volume(list(chain.from_iterable(there)))
    return sum(map(_of, there))


def _of(row: Any) -> int:
    if isinstance(row, asyncpg.Record):
        return _of_cells(list(cast("Any", row)))
    # What was sent for an event is kept as its text; other than that there are errors.
    return getsizeof(row) if isinstance(row, str) else 0


def _of_cells(cells: list[Any]) -> int:
    size = sum(map(getsizeof, cells))
    if JSON.isdisjoint(map(type, cells)):
        return size
    return size + sum(_within(each) for each in cells if type(each) in JSON)


def _within(value: Any) -> int:
    """JSON but for its outermost part; it is as deep as what made it lets it be."""
    size, waiting = -getsizeof(value), [value]
    while waiting:
        each = waiting.pop()
        size += getsizeof(each)
        if isinstance(each, dict):
            members = cast("dict[str, Any]", each)
            waiting += members.keys()
            waiting += members.values()
        elif isinstance(each, list):
            waiting += cast("list[Any]", each)
    return size
