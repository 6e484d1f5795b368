"""How much memory rows take."""

from collections.abc import Iterable
from sys import getsizeof
from typing import Any, cast

import asyncpg

# What columns of JSON hold.
JSON = frozenset([dict, list])


def volume(rows: Iterable[Any]) -> int:
    """Bytes that the values of rows take, of lists of rows, or of texts; None takes nothing.

    What rows have in common, such as a small number, is counted for each.
    """
    return sum(map(_of, rows))


def _of(row: Any) -> int:
    if isinstance(row, asyncpg.Record):
        values = cast("Iterable[Any]", row)
        return sum([_deep(each) if type(each) in JSON else getsizeof(each) for each in values])
    if isinstance(row, list):
        return volume(cast("Iterable[Any]", row))
    # What was sent for an event is kept as its text.
    return getsizeof(row) if isinstance(row, str) else 0


def _deep(value: Any) -> int:
    """JSON, which is as deep as what made it lets it be."""
    size, waiting = 0, [value]
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
