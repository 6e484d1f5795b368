"""The rows of some objects: made at once, around what resolvers give, or when they are written."""

from collections.abc import Set as AbstractSet
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from execution.compiled.columns import Column, Coming, joined, then
from execution.compiled.field import NOT_READ, Field
from execution.compiled.fields import Fields
from execution.compiled.late import Unmade
from execution.compiled.places import Place

if TYPE_CHECKING:
    from execution.compiled.run import Run

NO_KINDS: Final[frozenset[type[Any]]] = frozenset()


def rows_by_level(
    run: "Run",
    fields: Fields,
    objects: Column,
    place: Place,
    kinds: AbstractSet[type[Any]] = NO_KINDS,
) -> Coming:
    """One dict for each object, made now or when it is written.

    `kinds` are the Python types of the objects, where somebody has looked at them already.
    """
    if fields.only and len(objects) == 1:
        # The only field of an object, such as the rows of a page.
        column = fields.only.column(run, objects, place, 0)
        return then(column, lambda column: fields.rows([column], objects))
    if place.is_long and fields.fields:
        return _late(run, fields, objects, place)
    if fields.resolved and fields.has_plain_rest:
        [kind, *others] = kinds or set(map(type, objects))
        if not others and fields.is_tried(kind):
            make = partial(made_with, run, fields, kind, objects, place)
            if len(fields.resolved) == 1:
                [(order, field)] = fields.resolved
                return then(field.column(run, objects, place, order, NOT_READ, kind), make)
            resolved = [
                field.column(run, objects, place, order, NOT_READ, kind)
                for order, field in fields.resolved
            ]
            return joined(resolved, lambda columns: make(*columns))
    return _by_column(run, fields, objects, place, {})


def made_with(
    run: "Run",
    fields: Fields,
    kind: type[Any],
    objects: Column,
    place: Place,
    *resolved: Column,
) -> Coming:
    """The rows of objects of one kind, once there is what their resolvers give."""
    try:
        return fields.made(objects, kind, *resolved)
    except Exception:  # noqa: BLE001  # the run meets it again, and tells it
        # What was resolved is not asked for again.
        given = zip(fields.resolved, resolved, strict=True)
        columns = {order: column for (order, _), column in given}
    return _by_column(run, fields, objects, place, columns)


def _by_column(
    run: "Run", fields: Fields, objects: Column, place: Place, given: dict[int, Column]
) -> Coming:
    """Rows of which each field is looked after by itself, but for those that were resolved."""
    read = fields.read(objects)
    found = [
        given[order] if order in given else _column(run, field, objects, place, order, read[order])
        for order, field in enumerate(fields.fields)
    ]
    return joined(found, lambda columns: fields.rows(columns, objects))


def _late(run: "Run", fields: Fields, objects: Column, place: Place) -> Coming:
    """Columns that are kept until the rows are written.

    Those that will be small come first: none of them is, while it is made.
    """
    run.has_late_rows = True
    read = fields.read(objects)
    found: list[Coming] = [*read]
    for order, field in fields.small_first:
        column = _column(run, field, objects, place, order, read[order])
        found[order] = field.shape.packed(column) if isinstance(column, list) else column
        read[order] = NOT_READ
    return joined(found, lambda columns: Unmade(fields, columns))


def _column(
    run: "Run", field: Field, objects: Column, place: Place, order: int, read: Column
) -> Coming:
    is_ready = read is not NOT_READ and field.shape.is_ready(read)
    return read if is_ready else field.column(run, objects, place, order, read)
