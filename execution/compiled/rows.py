"""Turns the columns of some objects into one dict for each object."""

from collections.abc import Callable
from typing import Any, TypeAlias

from execution.compiled.columns import Column

Rows: TypeAlias = list[dict[str, Any]]
RowMaker: TypeAlias = Callable[[list[Column]], Rows]


def row_maker(keys: tuple[str, ...]) -> RowMaker:
    """A function that zips columns into dicts with these keys.

    A dict display is four times as fast as dict(zip(...)).
    """
    names = [f"v{number}" for number in range(len(keys))]
    shown = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    loop = f"for {', '.join(names)}, in zip(*columns)"
    # GraphQL names are letters, digits and underscores, so nothing can escape the quotes.
    return eval(f"lambda columns: [{{{shown}}} {loop}]")  # noqa: S307
