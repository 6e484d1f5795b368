"""Reads all columns of some rows at once, where the rows are tuples of one kind."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias

from db.statement import Layout, layout_of
from execution.compiled.columns import Column

Cells: TypeAlias = list[tuple[Any, ...]]
Take: TypeAlias = Callable[[Cells], Column]
MOST_PLACES: Final = 1_000


def takes_of(kind: Any, names: Sequence[str | None]) -> list[Take | None] | None:
    """What takes each attribute out of the rows' columns; None where nothing can."""
    own = layout(kind)
    takes = [_take(name, own) if name else None for name in names]
    return takes if any(takes) else None


@lru_cache(MOST_PLACES)
def place_of(kind: type[Any], name: str) -> int | None:
    """Where objects of one kind have an attribute; None where they have it in no place."""
    return layout(kind).places.get(name)


def layout(kind: Any) -> Layout:
    """Where objects of one kind have their attributes; none of them where they aren't tuples."""
    return layout_of(kind) or Layout(places_in(kind) if issubclass(kind, tuple) else {}, {}, {})


def places_in(kind: Any) -> dict[str, int]:
    """The fields of a named tuple; there are none in other tuples."""
    fields: tuple[str, ...] = getattr(kind, "_fields", ())
    return {name: place for place, name in enumerate(fields) if is_plain(kind, name)}


def is_plain(kind: Any, name: str) -> bool:
    """Whether the attribute is the named tuple's own, and not a property of a subclass."""
    return type(getattr(kind, name)).__name__ == "_tuplegetter"


def _take(name: str, layout: Layout) -> Take | None:
    places, derived = layout.places, layout.derived
    if name in derived:
        needed, all_of = [places[each] for each in derived[name].columns], derived[name].all
        return lambda cells: all_of(*[cells[place] for place in needed])
    place = places.get(name)
    return None if place is None else lambda cells: list(cells[place])
