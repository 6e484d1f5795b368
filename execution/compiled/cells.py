"""Reads all columns of some rows at once, where the rows are tuples of one kind."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from db.statement import Layout, layout_of
from execution.compiled.columns import Column

Cells: TypeAlias = list[tuple[Any, ...]]
Take: TypeAlias = Callable[[Cells], Column]


def takes_of(kind: Any, names: Sequence[str | None]) -> list[Take | None] | None:
    """What takes each attribute out of the rows' columns; None where nothing can."""
    layout = layout_of(kind)
    if layout is None and issubclass(kind, tuple):
        layout = Layout(places_in(kind), {}, {})
    if layout is None:
        return None
    takes = [_take(name, layout) if name else None for name in names]
    return takes if any(takes) else None


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
