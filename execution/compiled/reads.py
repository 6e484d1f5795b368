"""Which attributes of a page's rows an operation shows, so that no more need be read."""

from collections.abc import Callable
from functools import cache, partial

from db.widths import ROWS_ALONE
from execution.compiled.fields import Fields
from execution.compiled.leaves import Leaf
from execution.compiled.objects import Objects
from execution.compiled.shapes import Many, Shape

ROWS = "nodes"
EDGES, ROW = "edges", "node"
PAGE_INFO = "pageInfo"
Reads = frozenset[str] | None
NOTHING: frozenset[str] = frozenset()
ALONE = frozenset([ROWS_ALONE])


def unread() -> None:
    """Nobody asks what is read for a plain field; most are plain, so that they share this."""


def reads_once(shape: Shape, *, nested: bool) -> Callable[[], Reads]:
    """Works out what is read of a field's rows when it is first asked for."""
    return cache(partial(reads_of_rows if nested else reads_of_page, shape))


def reads_of_page(shape: Shape) -> Reads:
    """Of all rows of a connection, and whether they are all; None where that can't be told."""
    page = fields_of(shape)
    if page is None:
        return None
    found: list[Reads] = []
    for field in page.fields:
        if field.name == ROWS:
            found.append(reads_of_rows(field.shape))
        elif field.name == EDGES and (edges := fields_of(field.shape)):
            found += [reads_of_rows(inner.shape) for inner in edges.fields if inner.name == ROW]
        elif field.name != PAGE_INFO and not isinstance(field.shape, Leaf):
            # Whatever it is, it may be made of the rows.
            found.append(None)
    known = [reads for reads in found if reads is not None]
    if len(known) != len(found):
        return None
    tells_more = any(field.name == PAGE_INFO for field in page.fields)
    return NOTHING.union(*known, () if tells_more else ALONE)


def reads_of_rows(shape: Shape) -> Reads:
    rows = fields_of(shape)
    if rows is None:
        return None
    names: set[str] = set()
    for field in rows.fields:
        if field.attribute:
            names.add(field.attribute)
        elif field.nested and field.nested.attribute:
            names.add(field.nested.attribute)
        elif field.name != "__typename":
            return None
    return frozenset(names)


def fields_of(shape: Shape) -> Fields | None:
    """What is selected of objects, or of lists of them, that are of one type."""
    while isinstance(shape, Many):
        shape = shape.items
    if not isinstance(shape, Objects):
        return None
    only = shape.only
    return shape.selection.of(only) if only else None
