"""Rows that lead on, where nothing is shown but them of what the only field of a query gives."""

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from execution.compiled.chain import Chain
from execution.compiled.columns import Column, attempt
from execution.compiled.field import Field
from execution.compiled.fields import Fields
from execution.compiled.late import LATE_FROM
from execution.compiled.link import Link, link_of
from execution.compiled.places import FieldPlace, ItemPlace, Place
from execution.compiled.plain import is_stored
from execution.compiled.shapes import Many, Shape

if TYPE_CHECKING:
    from execution.compiled.run import Run


class Lead:
    """The field of a query and the one field of what it gives, which is a list of rows."""

    def __init__(self, field: Field, only: Field, attribute: str, items: Shape) -> None:
        self._field, self._only, self._attribute, self._items = field, only, attribute, items
        self._known: set[type[Any]] = set()
        self._links: dict[type[Any], tuple[Fields, Link] | None] = {}

    @property
    def key(self) -> str:
        return self._only.key

    def chain(self, run: "Run", value: Any) -> Chain | None:
        """The rows of this value; None where they are to be looked at in general."""
        shown = cast("type[Any]", type(value))
        if shown not in self._known and not self._fits(shown):
            return None
        found = attempt(getattr, value, self._attribute)
        if type(found) is not list:
            return None
        objects = cast("Column", found)
        kinds = set(map(type, objects))
        if len(kinds) != 1 or len(objects) >= LATE_FROM:
            return None
        [kind] = kinds
        if kind not in self._links:
            self._links[kind] = self._link(kind)
        settled = self._links[kind]
        if settled is None:
            return None
        where = partial(self._place, len(objects))
        return Chain(run, *settled, objects, where, kind)

    def _fits(self, kind: type[Any]) -> bool:
        """Whether all objects of a kind are shown here, and may be read twice."""
        is_shown = self._field.shape.fields_of_kind(kind) is not None
        if not is_shown or not is_stored(kind, self._attribute):
            return False
        self._known.add(kind)
        return True

    def _link(self, kind: type[Any]) -> tuple[Fields, Link] | None:
        fields = self._items.fields_of_kind(kind)
        link = link_of(fields, kind) if fields else None
        return (fields, link) if fields and link else None

    def _place(self, count: int) -> Place:
        rows = FieldPlace(FieldPlace(Place(), self._field, 0), self._only, 0)
        return ItemPlace(rows, [count], required=self._items.required)


def lead_of(field: Field) -> Lead | None:
    """None where more is shown, or where what is shown leads to nothing."""
    fields = field.shape.fields_of_type()
    only = fields.only if fields and fields.are_kept else None
    if only is None or only.attribute is None or not isinstance(only.shape, Many):
        return None
    items = only.shape.items
    rows = items.fields_of_type()
    return Lead(field, only, only.attribute, items) if rows and rows.leading else None
