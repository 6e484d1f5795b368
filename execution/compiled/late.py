"""Long lists of plain objects, of which the JSON writer gets the rows one list at a time."""

from typing import TYPE_CHECKING, Any

from execution.compiled.columns import Column
from execution.compiled.rows import Rows

if TYPE_CHECKING:
    from execution.compiled.fields import Fields

# From so many objects on, dicts for all of them at once would be most of a request's memory.
LATE_FROM = 1_000


class LateRows:
    """Objects that were found fit to be shown; nothing but `show_late` can read them.

    No list of the objects themselves: a JSON writer may know how to write a dataclass, with all
    that the client didn't ask for.
    """

    __slots__ = ("_fields", "_objects")

    def __init__(self, fields: "Fields", objects: Column) -> None:
        self._fields, self._objects = fields, objects

    def rows(self) -> Rows:
        columns = [field.plain(self._objects) for field in self._fields.fields if field.plain]
        return self._fields.rows(columns, self._objects)


def show_late(value: Any) -> Rows:
    """For orjson's `default`."""
    if isinstance(value, LateRows):
        return value.rows()
    raise TypeError(f"{type(value)} is no part of a GraphQL response")


def all_fit(fields: "Fields", objects: Column) -> bool:
    """Whether each field can be read without a resolver and shown without a change."""
    return bool(fields.fields) and all(
        field.plain and field.shape.is_ready(field.plain(objects)) for field in fields.fields
    )
