"""Columns of objects: of one type, of an interface or of a union."""

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from graphql import GraphQLError, GraphQLInterfaceType, GraphQLObjectType, GraphQLUnionType
from graphql.pyutils import inspect

from execution.compiled.chain import rows_of
from execution.compiled.columns import LIVE, Column, Coming, answers, joined, nature, then
from execution.compiled.core import Info, type_check, type_resolver
from execution.compiled.places import PartPlace, Place
from execution.compiled.plain import NotPlain
from execution.compiled.shapes import Shape
from schema.node import goes_by_noun

if TYPE_CHECKING:
    from execution.compiled.fields import Fields
    from execution.compiled.run import Run
    from execution.compiled.selections import Selection

Composite: TypeAlias = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


class Objects(Shape):
    """Objects are parted by their concrete type, and each part goes on as a column."""

    def __init__(self, type_: Composite, selection: "Selection", *, required: bool) -> None:
        self.type, self.selection, self.required = type_, selection, required
        self.only = type_ if isinstance(type_, GraphQLObjectType) else None
        self._check = type_check(self.only) if self.only else None
        # Python's types all of whose objects are of this type.
        self._own: set[type[Any]] = set()
        # What is selected of them, once that is known to be kept.
        self._kept: Fields | None = None

    @cached_property
    def may_be_plain(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]  # worked out once
        # What is selected below is compiled here. Room is only taken: what isn't kept won't be.
        return self.only is not None and self._selected(self.only).is_plain

    def fields_of_kind(self, kind: type[Any]) -> "Fields | None":
        # What is null, failed or awaited is of no type, and must not be taken for its objects.
        own = self.only if nature(kind) in LIVE and self._owns({kind}) else None
        return self._selected(own) if own else None

    def fields_of_type(self) -> "Fields | None":
        return self._selected(self.only) if self.only else None

    def plain(self, column: Column) -> Column:
        fields, kinds = self._kept, set(map(type, column))
        if fields and len(kinds) == 1 and kinds <= self._own:
            # They are live, or they would not have been found to be of this type.
            return fields.made(column, kinds.pop())
        return super().plain(column)

    def one(self, value: object) -> Any:
        fields, kind = self._kept, type(value)
        if fields and kind in self._own:
            return fields.one(value, kind)
        return super().one(value)

    def complete(self, run: "Run", column: Column, place: Place) -> Coming:
        if self.only and column:
            kinds = set(map(type, column))
            if kinds <= self._own:
                return rows_of(run, self._selected(self.only), column, place, kinds)
        return super().complete(run, column, place)

    def live(self, values: Column) -> Column:
        kinds = set(map(type, values))
        if not self.only or len(kinds) > 1 or not self._owns(kinds):
            raise NotPlain
        return self._selected(self.only).made(values, kinds.pop())

    def finish(self, run: "Run", values: Column, place: Place) -> Coming:
        if self.only and self._owns(set(map(type, values))):
            return rows_of(run, self._selected(self.only), values, place)
        info = run.first_info(place)
        types = then(self._types(run, values, info), lambda types: _owned(values, types, info))
        return then(types, lambda types: self._rows(run, values, types, place))

    def _selected(self, only: GraphQLObjectType) -> "Fields":
        fields = self._kept
        if fields is None:
            fields = self.selection.of(only)
            if fields.are_kept:
                self._kept = fields
        return fields

    def _owns(self, kinds: set[type[Any]]) -> bool:
        new = kinds - self._own
        if self._check and not all(goes_by_noun(self._check, kind) for kind in new):
            return False
        self._own |= new
        return True

    def _types(self, run: "Run", values: Column, info: Info) -> Coming:
        if isinstance(self.type, GraphQLObjectType):
            return [self.type] * len(values)
        abstract = self.type
        names = answers(type_resolver(abstract), values, info, abstract)
        return then(names, lambda names: run.concrete(abstract, names, values, info))

    def _rows(self, run: "Run", values: Column, types: Column, place: Place) -> Coming:
        if only := _only_type(types):
            return rows_of(run, self.selection.of(only), values, place)
        parts: dict[GraphQLObjectType, list[int]] = {}
        for index, type_ in enumerate(types):
            if isinstance(type_, GraphQLObjectType):
                parts.setdefault(type_, []).append(index)
            else:
                run.fail(place, index, type_)
        columns = [self._part(run, values, *part, place) for part in parts.items()]
        return joined(columns, lambda rows: _merged(rows, parts.values(), len(values)))

    def _part(
        self,
        run: "Run",
        values: Column,
        type_: GraphQLObjectType,
        positions: list[int],
        place: Place,
    ) -> Coming:
        part = [values[position] for position in positions]
        return rows_of(run, self.selection.of(type_), part, PartPlace(place, positions))


def _only_type(types: Column) -> GraphQLObjectType | None:
    first = types[0]
    alike = isinstance(first, GraphQLObjectType) and types.count(first) == len(types)
    return first if alike else None


def _merged(parts: Iterable[Column], positions: Iterable[list[int]], size: int) -> Column:
    column: Column = [None] * size
    for part, places in zip(parts, positions, strict=True):
        for place, row in zip(places, part, strict=True):
            column[place] = row
    return column


def _owned(values: Column, types: Column, info: Info) -> Coming:
    """The types, with an error in place of each that disowns its value."""
    if only := _only_type(types):
        check = type_check(only)
        verdicts = answers(check, values, info) if check else [True] * len(values)
    else:
        verdicts = answers(_verdict, list(zip(types, values, strict=True)), info)
    return then(verdicts, lambda verdicts: _judged(types, values, verdicts, info))


def _verdict(pair: tuple[Any, Any], info: Info) -> Any:
    type_, value = pair
    if isinstance(type_, Exception):
        raise type_
    check = type_check(type_)
    return check(value, info) if check else True


def _judged(types: Column, values: Column, verdicts: Column, info: Info) -> Column:
    if verdicts.count(True) == len(verdicts):
        return types
    return [
        _refusal(type_, value, verdict, info) or type_
        for type_, value, verdict in zip(types, values, verdicts, strict=True)
    ]


def _refusal(type_: Any, value: Any, verdict: Any, info: Info) -> Exception | None:
    if isinstance(verdict, Exception):
        return verdict
    if verdict:
        return None
    message = f"Expected value of type '{type_}' but got: {inspect(value)}."
    return GraphQLError(message, info.field_nodes)
