"""A field by which objects of one kind lead on to others, with what is settled beforehand."""

from dataclasses import dataclass
from typing import Any, Final

from execution.compiled.cells import layout, place_of
from execution.compiled.columns import Column
from execution.compiled.field import Field
from execution.compiled.fields import Fields
from execution.compiled.shapes import Many, Shape
from schema.batch import Sparing
from schema.context import Context
from schema.loader import MOST, are_different
from schema.nested import Nested

# What is selected of objects that nothing is made of here.
NOTHING: Final = Fields(())


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """The field with its place among all, and the place of the id that its objects hold.

    `items` are what it leads to: many objects for each, or one or none.
    """

    field: Field
    order: int
    nested: Nested
    batch: Sparing
    place: int
    items: Shape
    is_many: bool
    # Whether ids may be null and may come twice, as they are asked for.
    is_free: bool
    below: dict[type[Any], Fields]

    def asked(self, objects: Column, context: Context) -> Column | None:
        """The ids to ask for, one for each object; None where that is to be done in general."""
        if context.loaders or len(objects) > MOST or not self.field.is_alone():
            return None
        place = self.place
        ids = [source[place] for source in objects]
        there = any(ids) if self.is_free else are_different(ids)
        return ids if there else None

    def fields_of(self, kind: type[Any]) -> Fields:
        """What is selected of objects of a kind; NOTHING where a function can't make their rows."""
        fields = self.below.get(kind)
        if fields is None:
            fields = self.below[kind] = self._fields(kind) or NOTHING
        return fields

    def _fields(self, kind: type[Any]) -> Fields | None:
        fields = self.items.fields_of_kind(kind)
        # What found no room is compiled each time.
        if fields is None or not fields.are_kept or not layout(kind).places:
            return None
        # What follows on single objects, some of which may be missing, is left to a run.
        return fields if self.is_many or fields.is_plain else None


def link_of(fields: Fields, kind: type[Any]) -> Link | None:
    """None where there is no such field, or several."""
    if fields.leading is None:
        return None
    if kind not in fields.links:
        fields.links[kind] = _link(*fields.leading, kind)
    return fields.links[kind]


def _link(order: int, field: Field, nested: Nested, kind: type[Any]) -> Link | None:
    place = place_of(kind, nested.attribute or "")
    batch, shape = nested.batch, field.shape
    if place is None or not isinstance(batch, Sparing):
        return None
    is_many = isinstance(shape, Many)
    if shape.required and not is_many:
        # One that isn't there is an error, which the rows of a chain don't ask for.
        return None
    items = shape.items if isinstance(shape, Many) else shape
    is_free = not is_many and batch.may_repeat(field.reads())
    return Link(field, order, nested, batch, place, items, is_many, is_free, {})
