"""Columns of scalars and enums."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from enum import Enum
from functools import lru_cache, partial
from math import isfinite
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from graphql import (
    GRAPHQL_MAX_INT,
    GRAPHQL_MIN_INT,
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLString,
    is_enum_type,
)
from graphql.pyutils import Undefined, inspect

from execution.compiled.columns import Column, Nature, attempt, nature
from execution.compiled.packed import packed
from execution.compiled.places import Place
from execution.compiled.plain import NotPlain
from execution.compiled.shapes import Shape
from schema.scalars import as_given, exactly

if TYPE_CHECKING:
    from execution.compiled.run import Run

MOST_LEAVES: Final = 1_000
EMPTY = {NoneType, type(Undefined)}


def _fit_int(values: Column) -> bool:
    return min(values) >= GRAPHQL_MIN_INT and max(values) <= GRAPHQL_MAX_INT


def _fit_float(values: Column) -> bool:
    return all(map(isfinite, values))


# The Python type whose values a scalar shows as they are, if they pass the check.
AS_THEY_ARE: dict[GraphQLLeafType, tuple[type, Callable[[Column], bool] | None]] = {
    GraphQLString: (str, None),
    GraphQLID: (str, None),
    GraphQLBoolean: (bool, None),
    GraphQLInt: (int, _fit_int),
    GraphQLFloat: (float, _fit_float),
}


class Leaf(Shape):
    """Values that a scalar or an enum shows."""

    def __init__(self, leaf: GraphQLLeafType, *, required: bool) -> None:
        self.required, self.leaf = required, leaf
        show = leaf.coerce_output_value
        self.show_all = _Names(show) if is_enum_type(leaf) else partial(_each, show)
        ready, self.fit = AS_THEY_ARE.get(leaf, (None, None))
        self.ready: set[type] = {ready} if ready else set()
        self.as_given = show is as_given
        self.packs = leaf is GraphQLBoolean
        if show is exactly:
            self.ready.add(str)
        if not required and not self.fit:
            self.ready.add(NoneType)

    def shows(self, kinds: frozenset[type]) -> bool:
        # Of numbers only those are sure that an Int can show, so there is nothing to fit.
        return kinds <= self.ready or (self.as_given and self._learn(kinds - self.ready))

    def is_ready(self, column: Column) -> bool:
        kinds = set(map(type, column))
        if not kinds <= self.ready and not (self.as_given and self._learn(kinds - self.ready)):
            return False
        return bool(column) and (self.fit is None or self.fit(column))

    @property
    def may_be_plain(self) -> bool:
        return True

    def plain(self, column: Column) -> Column:
        return column if self.is_ready(column) else super().plain(column)

    def packed(self, column: Column) -> Column:
        return packed(column) if self.packs else column

    def live(self, values: Column) -> Column:
        shown = self.show_all(values)
        if not EMPTY.isdisjoint(map(type, shown)):
            raise NotPlain
        return shown

    def finish(self, run: "Run", values: Column, place: Place) -> Column:
        shown = values if self.is_ready(values) else attempt(self.show_all, values)
        if isinstance(shown, Exception) or not EMPTY.isdisjoint(map(type, shown)):
            return run.without_failures([attempt(self._show, value) for value in values], place)
        return shown

    def _learn(self, kinds: AbstractSet[type]) -> bool:
        if not all(nature(kind) is Nature.LIVE for kind in kinds):
            return False
        self.ready |= kinds
        return True

    def _show(self, value: Any) -> Any:
        shown = self.leaf.coerce_output_value(value)
        if shown is Undefined or shown is None:
            call = f"{inspect(self.leaf)}.coerce_output_value({inspect(value)})"
            answer = f"to return non-nullable value, returned: {inspect(shown)}"
            raise TypeError(f"Expected `{call}` {answer}")
        return shown


@lru_cache(MOST_LEAVES)
def leaf_of(leaf: GraphQLLeafType, *, required: bool) -> Leaf:
    """The same for all fields of one type: what it learns is of the type's values, not of theirs.

    Most fields are leaves, of which a schema has few types.
    """
    return Leaf(leaf, required=required)


def _each(show: Callable[[Any], Any], values: Column) -> Column:
    return list(map(show, values))


class _Names:
    """The names of an enum's members, which are learned once."""

    def __init__(self, show: Callable[[Any], Any]) -> None:
        self._show = show
        self._by_text: dict[str, Any] = {}
        # Members are found by identity, since hashing one runs Python, and kept so that no other
        # object takes over an id.
        self._by_id: dict[int, Any] = {}
        self._members: list[Enum] = []

    def __call__(self, values: Column) -> Column:
        try:
            if {str}.issuperset(map(type, values)):
                return list(map(self._by_text.__getitem__, values))
            return list(map(self._by_id.__getitem__, map(id, values)))
        except KeyError:
            return [self._learned(value) for value in values]

    def _learned(self, value: Any) -> Any:
        name = self._show(value)
        if isinstance(value, Enum):
            if id(value) not in self._by_id:
                self._members.append(value)
                self._by_id[id(value)] = name
        elif type(value) is str:
            self._by_text[value] = name
        return name
