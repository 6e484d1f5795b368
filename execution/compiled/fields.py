"""The fields of a program: how each is read from a column of objects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

import strawberry
from graphql import FieldNode, GraphQLField, GraphQLObjectType
from strawberry.types.field import StrawberryField

from execution.compiled.columns import Column, Coming, attempt, mapped, then
from execution.compiled.core import resolver_of
from execution.compiled.places import FieldPlace, Place
from execution.compiled.rows import Rows, row_maker
from execution.compiled.shapes import Shape
from schema.guards import NESTED, Nested, marks_of

if TYPE_CHECKING:
    from execution.compiled.run import Run

Reader: TypeAlias = Callable[[Column], Column]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One key of the response, for objects of one type.

    `plain` reads it without a resolver, `nested` for all objects by one call; `fixed` are the
    arguments where no request has a part in them.
    """

    key: str
    name: str
    parent: GraphQLObjectType
    definition: GraphQLField
    nodes: list[FieldNode]
    shape: Shape
    plain: Reader | None
    nested: Nested | None
    fixed: dict[str, Any] | None

    def column(self, run: "Run", objects: Column, above: Place, order: int) -> Coming:
        """The field's values, complete, for all objects."""
        if self.plain:
            column: Coming = self.plain(objects)
            if self.shape.is_ready(column):
                return column
            place = FieldPlace(above, self, order)
        else:
            place = FieldPlace(above, self, order)
            column = self._resolved(run, objects, place)
        completed = then(column, lambda column: self.shape.complete(run, column, place))
        place.late = not isinstance(completed, list)
        return completed

    def _resolved(self, run: "Run", objects: Column, place: FieldPlace) -> Coming:
        if self.nested and objects:
            return self._loaded(run, self.nested, objects, place)
        try:
            arguments = run.arguments(self)
        except Exception as error:  # noqa: BLE001  # a scalar's parser may raise anything
            return [error] * len(objects)
        resolve = resolver_of(self.definition)
        return [
            attempt(resolve, source, run.info(self, path), **arguments)
            for source, path in zip(objects, place.paths(), strict=True)
        ]

    async def _loaded(
        self, run: "Run", nested: Nested, objects: Column, place: FieldPlace
    ) -> Column:
        """What the objects lead on to; who may ask is the same for all, so it is checked once."""
        ids = [attempt(nested.id_of, source) for source in objects]
        wanted = [id for id in ids if id is not None and not isinstance(id, Exception)]
        own = self.definition.extensions["strawberry-definition"]
        info = strawberry.Info(_raw_info=run.info(self, place.path(0)), _field=own)
        try:
            found = iter(await nested.load(wanted, info))
        except Exception as error:  # noqa: BLE001  # what refuses one refuses all
            return [error] * len(objects)
        return [id if id is None or isinstance(id, Exception) else next(found) for id in ids]


def nested_form(definition: GraphQLField) -> Nested | None:
    return marks_of(definition).get(NESTED)


def plain_reader(parent: GraphQLObjectType, name: str, definition: GraphQLField) -> Reader | None:
    """Reads a whole column at once; None where the field has a resolver that must be called."""
    if name == "__typename":
        return lambda objects: [parent.name] * len(objects)
    own = definition.extensions.get("strawberry-definition")
    # Where exception handlers apply, Strawberry resolves a plain field by another function.
    resolver_name = getattr(definition.resolve, "__name__", "")
    if not isinstance(own, StrawberryField) or resolver_name != "_get_basic_result":
        return None
    get = _getter(own.default_resolver, own.python_name)

    return partial(mapped, get)


def _getter(resolve: Callable[[Any, str], object], name: str) -> Callable[[Any], Any]:
    if resolve is getattr:
        return attrgetter(name)
    if getattr(resolve, "__name__", "") == "getitem":
        return itemgetter(name)
    return lambda source: resolve(source, name)


class Fields:
    """What is selected on one object type."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = fields
        self._make_rows = row_maker(tuple(field.key for field in fields)) if fields else None

    def rows(self, columns: list[Column], objects: Column) -> Rows:
        return self._make_rows(columns) if self._make_rows else [{} for _ in objects]
