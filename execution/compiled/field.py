"""One field of a program: how it is read from a column of objects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from strawberry.types.field import StrawberryField

from execution.compiled.arguments import Part
from execution.compiled.columns import (
    Column,
    Coming,
    attempt,
    mapped,
    tried,
)
from execution.compiled.core import resolver_of
from execution.compiled.direct import Shortcut
from execution.compiled.led import Led
from execution.compiled.places import FieldPlace, Place
from execution.compiled.shapes import Shape
from schema.guards import NESTED, marks_of
from schema.nested import Nested

if TYPE_CHECKING:
    from execution.compiled.run import Run

# Stands for a column that has to be read by its field.
NOT_READ: Final[Column] = []
MOST_READERS: Final = 1_000
Reader: TypeAlias = Callable[[Column], Column]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One key of the response, for objects of one type.

    `plain` reads it without a resolver, be it an `attribute`, `nested` for all objects by one
    call, and `shortcut` calls its guard and its resolver; `fixed` are the arguments where no
    request has a part in them, and `parts` what has to be known to read them of variables.
    """

    key: str
    name: str
    parent: GraphQLObjectType
    definition: GraphQLField
    nodes: list[FieldNode]
    shape: Shape
    plain: Reader | None
    attribute: str | None
    shortcut: Shortcut | None
    nested: Nested | None
    reads: Callable[[], frozenset[str] | None]
    is_alone: Callable[[], bool]
    fixed: dict[str, Any] | None
    parts: Sequence[Part] | None

    def column(
        self,
        run: "Run",
        objects: Column,
        above: Place,
        order: int,
        read: Column = NOT_READ,
        kind: type[Any] | None = None,
    ) -> Coming:
        """The field's values, complete, for all objects; those that were read before aren't.

        `kind` is the Python type that all objects have, where that is known.
        """
        place = FieldPlace(above, self, order)
        if self.nested and objects:
            place.late = True
            return Led(self, run, self.nested, objects, place, kind)
        if self.plain:
            column = self.plain(objects) if read is NOT_READ else read
        else:
            column = self._resolved(run, objects, place)
        completed = self.completed(run, column, place)
        place.late = not isinstance(completed, list)
        return completed

    def completed(self, run: "Run", column: Column, place: FieldPlace) -> Coming:
        """The values as the response shows them: at once where all are plain."""
        if not self.shape.may_be_plain:
            return self.shape.complete(run, column, place)
        shown = tried(self.shape.plain, column)
        # Whatever kept it from being made, the run meets it and tells it.
        return self.shape.complete(run, column, place) if shown is None else shown

    def _resolved(self, run: "Run", objects: Column, place: FieldPlace) -> Column:
        try:
            arguments = run.arguments(self)
        except Exception as error:  # noqa: BLE001  # a scalar's parser may raise anything
            return [error] * len(objects)
        if self.shortcut:
            call, context = self.shortcut.call, run.context
            return [
                attempt(call, source, context, partial(run.info, self, path), arguments)
                for source, path in zip(objects, place.paths(), strict=True)
            ]
        resolve = resolver_of(self.definition)
        return [
            attempt(resolve, source, run.info(self, path), **arguments)
            for source, path in zip(objects, place.paths(), strict=True)
        ]


def nested_form(definition: GraphQLField) -> Nested | None:
    return marks_of(definition).get(NESTED)


def plain_reader(
    parent: GraphQLObjectType, name: str, definition: GraphQLField
) -> tuple[Reader | None, str | None]:
    """Reads a whole column, and the attribute that it reads.

    None where the field has a resolver that must be called.
    """
    if name == "__typename":
        return lambda objects: [parent.name] * len(objects), None
    own = definition.extensions.get("strawberry-definition")
    # Where exception handlers apply, Strawberry resolves a plain field by another function.
    resolver_name = getattr(definition.resolve, "__name__", "")
    if not isinstance(own, StrawberryField) or resolver_name != "_get_basic_result":
        return None, None
    resolve, attribute = own.default_resolver, own.python_name
    reader = _reader(resolve, attribute)
    return reader, attribute if resolve is getattr else None


@lru_cache(MOST_READERS)
def _reader(resolve: Callable[[Any, str], object], name: str) -> Reader:
    """One for all fields that read the same; a schema has some hundred names."""
    return partial(mapped, _getter(resolve, name))


def _getter(resolve: Callable[[Any, str], object], name: str) -> Callable[[Any], Any]:
    if resolve is getattr:
        return attrgetter(name)
    if getattr(resolve, "__name__", "") == "getitem":
        return itemgetter(name)
    return lambda source: resolve(source, name)
