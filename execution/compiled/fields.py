"""The fields of a program: how each is read from a column of objects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from graphql import FieldNode, GraphQLField, GraphQLObjectType
from strawberry.types.field import StrawberryField

from execution.compiled.cells import Take, takes_of
from execution.compiled.columns import (
    LIVE,
    Column,
    Coming,
    attempt,
    mapped,
    nature_of,
    natures_of,
    then,
)
from execution.compiled.core import resolver_of
from execution.compiled.direct import Shortcut
from execution.compiled.places import FieldPlace, Place
from execution.compiled.plain import Awaited, Maker, NotPlain, maker_of, never
from execution.compiled.rows import Rows, row_maker
from execution.compiled.shapes import Shape
from schema.direct import KnowingInfo
from schema.guards import NESTED, Nested, marks_of

if TYPE_CHECKING:
    from execution.compiled.run import Run

# Stands for a column that has to be read by its field.
NOT_READ: Final[Column] = []
MOST_MISSES: Final = 3
Reader: TypeAlias = Callable[[Column], Column]


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """One key of the response, for objects of one type.

    `plain` reads it without a resolver, be it an `attribute`, `nested` for all objects by one
    call, and `shortcut` calls its guard and its resolver; `fixed` are the arguments where no
    request has a part in them.
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

    def column(self, run: "Run", objects: Column, above: Place, order: int, read: Column) -> Coming:
        """The field's values, complete, for all objects; those that were read before aren't."""
        if self.plain:
            column: Coming = self.plain(objects) if read is NOT_READ else read
            place = FieldPlace(above, self, order)
        else:
            place = FieldPlace(above, self, order)
            column = self._resolved(run, objects, place)
        completed = then(column, lambda column: self.completed(run, column, place))
        place.late = not isinstance(completed, list)
        return completed

    def completed(self, run: "Run", column: Column, place: FieldPlace) -> Coming:
        """The values as the response shows them: at once where all are plain."""
        if self.shape.may_be_plain:
            try:
                return self.shape.plain(column)
            except Exception:  # noqa: BLE001, S110  # whatever it is, the run meets it and tells it
                pass
        return self.shape.complete(run, column, place)

    def _resolved(self, run: "Run", objects: Column, place: FieldPlace) -> Coming:
        if self.nested and objects:
            return self._loaded(run, self.nested, objects, place)
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

    async def _loaded(
        self, run: "Run", nested: Nested, objects: Column, place: FieldPlace
    ) -> Column:
        """What the objects lead on to; who may ask is the same for all, so it is checked once."""
        own = self.definition.extensions["strawberry-definition"]
        info = KnowingInfo(run.context, own, self.reads(), lambda: run.info(self, place.path(0)))
        if nested.veiled:
            ids = mapped(lambda source: nested.id_for(source, run.context), objects)
        else:
            ids = mapped(nested.id_of, objects)
        all_have_one = natures_of(ids) <= LIVE
        wanted = ids if all_have_one else [id for id in ids if nature_of(id) in LIVE]
        try:
            found = await nested.load(wanted, info, alone=self.is_alone())
        except Exception as error:  # noqa: BLE001  # what refuses one refuses all
            return [error] * len(objects)
        if all_have_one:
            return found
        coming = iter(found)
        return [next(coming) if nature_of(id) in LIVE else id for id in ids]


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
    reader = partial(mapped, _getter(resolve, attribute))
    return reader, attribute if resolve is getattr else None


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
        self._nothing: list[Column] = [NOT_READ] * len(fields)
        self._takes: dict[type[Any], list[Take | None] | None] = {}
        # Whether they are kept, so that it pays to generate functions for them.
        self.are_kept = False
        self._makers: dict[type[Any], Maker] = {}
        self._misses: dict[type[Any], int] = {}

    @cached_property
    def is_plain(self) -> bool:
        """Whether no field here or below has a resolver that must be called."""
        return self.has_plain_rest and not self.resolved

    @cached_property
    def resolved(self) -> list[tuple[int, Field]]:
        """The fields whose resolvers must be called, with their places among all."""
        return [(order, field) for order, field in enumerate(self.fields) if not field.plain]

    @cached_property
    def has_plain_rest(self) -> bool:
        """Whether the rows of the other fields can be made by a function that is kept."""
        return self.are_kept and all(
            field.shape.may_be_plain for field in self.fields if field.plain
        )

    @cached_property
    def only_direct(self) -> Field | None:
        """The one field that there is, where it has a shortcut."""
        return self.fields[0] if len(self.fields) == 1 and self.fields[0].shortcut else None

    def made(self, objects: Column, kind: type[Any]) -> Rows:
        """The rows of plain objects of one kind; raises NotPlain, or anything, for a run to do."""
        maker = self._makers.get(kind)
        if maker is None:
            maker = self._makers[kind] = maker_of(self.fields, kind)
        try:
            rows = maker(objects)
        except Awaited:
            self._missed(kind)
            raise
        if self._misses:
            self._misses.pop(kind, None)
        return rows

    def _missed(self, kind: type[Any]) -> None:
        """What had to be awaited three times in a row is not tried any more."""
        self._misses[kind] = self._misses.get(kind, 0) + 1
        if self._misses[kind] == MOST_MISSES:
            self._makers[kind] = never

    def begun(self, objects: Column) -> Rows:
        """The rows in which the resolved fields are still to be filled in; NotPlain as above."""
        kinds = set(map(type, objects))
        if len(kinds) != 1:
            raise NotPlain
        return self.made(objects, kinds.pop())

    def filled(self, rows: Rows, columns: list[Column]) -> Rows:
        for (_, field), column in zip(self.resolved, columns, strict=True):
            key = field.key
            for row, value in zip(rows, column, strict=True):
                row[key] = value
        return rows

    def read(self, objects: Column) -> list[Column]:
        """The columns of those fields that can be read of all objects at once, else NOT_READ."""
        kinds = set(map(type, objects))
        if len(kinds) != 1:
            return self._nothing.copy()
        kind = kinds.pop()
        if kind not in self._takes:
            self._takes[kind] = takes_of(kind, [field.attribute for field in self.fields])
        takes = self._takes[kind]
        if takes is None:
            return self._nothing.copy()
        cells = list(zip(*objects, strict=True))
        return [take(cells) if take else NOT_READ for take in takes]

    def rows(self, columns: list[Column], objects: Column) -> Rows:
        return self._make_rows(columns) if self._make_rows else [{} for _ in objects]
