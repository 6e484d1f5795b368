"""Rows of objects whose fields are all plain, made by one function generated for them.

It asks nothing that a run asks - what is null, awaited or wrong, and where - and gives up at the
first value that raises one of these questions. The run then does the same, column by column.
"""

from collections.abc import Callable, Sequence
from inspect import getattr_static
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from db.base import Derived
from db.statement import Layout, layout_of
from execution.compiled.cells import layout, places_in
from execution.compiled.columns import Column
from execution.compiled.rows import Rows

if TYPE_CHECKING:
    from execution.compiled.field import Field

# It is given the objects, and a column for each field whose resolver was called.
Maker: TypeAlias = Callable[..., Rows]
SingleMaker: TypeAlias = Callable[[Any], dict[str, Any]]
TYPENAME: Final = "__typename"


class NotPlain(Exception):
    """A value is wrong, is of more than one kind, or is none where there must be one."""


class Awaited(NotPlain):
    """A value has to be awaited, as it may have to be the next time."""


def maker_of(fields: Sequence["Field"], kind: Any) -> Maker:
    """The function for objects of one Python type."""
    return _function(fields, kind, Writer())


def single_maker_of(fields: Sequence["Field"], kind: Any) -> SingleMaker:
    """The function for one object by itself, which need not be put into columns."""
    return _function(fields, kind, SingleWriter())


def _function(fields: Sequence["Field"], kind: Any, writer: "Writer") -> Any:
    own = layout(kind)
    if not may_be_read(fields, kind, own):
        return never
    return writer.function(writer.row(fields, own))


def may_be_read(fields: Sequence["Field"], kind: Any, layout: Layout) -> bool:
    """Whether a value that turns out to be wrong may be read again, by a run."""
    return all(
        not field.plain
        or field.attribute in layout.places
        or field.attribute in layout.derived
        or field.name == TYPENAME
        or is_stored(kind, field.attribute)
        for field in fields
    )


def never(_objects: Any, *_resolved: Column) -> Any:
    """Stands in for a function whose objects hold what has to be awaited, or may make it."""
    raise Awaited


def is_stored(kind: Any, name: str | None) -> bool:
    """Whether reading the attribute twice is no more than reading it once.

    That goes for all that rows of the database have, for what other objects hold themselves, and
    for what their class says of itself.
    """
    if name is None:
        return False
    if layout_of(kind) is not None or name in getattr(kind, "STEADY", ()):
        return True
    own = getattr_static(kind, name, None)
    return isinstance(own, MemberDescriptorType) or not hasattr(own, "__get__")


def _is_sure(field: "Field", derived: Derived) -> bool:
    """Whether all that is derived is shown as it is."""
    return derived.sure is not None and field.shape.shows(derived.sure)


class Writer:
    """Writes the function's source: a display of each row, and columns to take its values from."""

    def __init__(self, known: dict[str, Any] | None = None, mark: str = "") -> None:
        self._known: dict[str, Any] = {} if known is None else known
        # What the object and the objects are called.
        self._one, self._all, self._mark = f"o{mark}", f"objects{mark}", mark
        self._columns: list[str] = []
        self._resolved: list[str] = []

    def row(self, fields: Sequence["Field"], layout: Layout) -> str:
        # GraphQL names are letters, digits and underscores, so nothing can escape the quotes.
        cells = [f"{field.key!r}: {self._cell(field, layout)}" for field in fields]
        return f"{{{', '.join(cells)}}}"

    def function(self, row: str) -> Any:
        columns = [f"c{number}" for number in range(len(self._resolved))]
        given = ", ".join([self._all, *columns])
        return eval(f"lambda {given}: [{row} {self.loop(columns)}]", self._known)  # noqa: S307

    def loop(self, resolved: Sequence[str]) -> str:
        """The head of the loop over the objects and what is known of each."""
        names = [self._one, *self._resolved, *self._names()]
        columns = [self._all, *resolved, *self._columns]
        source = f"zip({', '.join(columns)})" if len(columns) > 1 else self._all
        return f"for {', '.join(names)} in {source}"

    def _cell(self, field: "Field", layout: Layout) -> str:
        if not field.plain:
            return self._led()
        if field.name == TYPENAME:
            return repr(field.parent.name)
        name = field.attribute
        assert name, "all that isn't an attribute is left to a run"
        derived = layout.derived.get(name)
        if derived is not None:
            return self._derived(field, derived, layout)
        place, kinds = layout.places.get(name), layout.kinds.get(name)
        if place is not None:
            sure = kinds is not None and field.shape.shows(kinds)
            read = f"{self._one}[{place}]"
            return read if sure else self._shown(field, read)
        return self._shown(field, f"{self._one}.{name}")

    def _led(self) -> str:
        """What stands for a field that has been resolved."""
        self._resolved.append(f"r{len(self._resolved)}")
        return self._resolved[-1]

    def _derived(self, field: "Field", derived: Derived, layout: Layout) -> str:
        places = [layout.places[column] for column in derived.columns]
        inner = field.shape.fields_of_kind(derived.kind) if derived.kind else None
        if inner is None:
            return self._worked_out(field, derived, places)
        # A tuple of columns needn't be made to be taken apart again.
        columns = {n: derived.columns[place] for n, place in places_in(derived.kind).items()}
        kinds = {n: layout.kinds[own] for n, own in columns.items() if own in layout.kinds}
        own = Layout({n: layout.places[own] for n, own in columns.items()}, {}, kinds)
        return self.row(inner.fields, own)

    def _worked_out(self, field: "Field", derived: Derived, places: list[int]) -> str:
        values = ", ".join(self._read(f"{self._one}[{place}]") for place in places)
        column = f"{self._call(derived.all)}({values})"
        return self._column(column if _is_sure(field, derived) else self._plain(field, column))

    def _shown(self, field: "Field", value: str) -> str:
        """What shows a value of `o`."""
        return self._column(self._plain(field, self._read(value)))

    def _read(self, value: str) -> str:
        """The column of a value of `o`."""
        return f"[{value} for {self._one} in {self._all}]"

    def _plain(self, field: "Field", column: str) -> str:
        return f"{self._call(field.shape.plain)}({column})"

    def _column(self, column: str) -> str:
        """The name of a value in what a column comes to."""
        self._columns.append(column)
        return self._names()[-1]

    def _names(self) -> list[str]:
        """What the values in the columns are called."""
        return [f"v{self._mark}{number}" for number in range(len(self._columns))]

    def _call(self, function: Any) -> str:
        name = f"f{len(self._known)}"
        self._known[name] = function
        return name


class SingleWriter(Writer):
    """The same for one object: a display of its row that needs no columns."""

    def function(self, row: str) -> Any:
        return eval(f"lambda {self._one}: {row}", self._known)  # noqa: S307

    def _read(self, value: str) -> str:
        return f"[{value}]"

    def _column(self, column: str) -> str:
        return f"{column}[0]"

    def _shown(self, field: "Field", value: str) -> str:
        return f"{self._call(field.shape.one)}({value})"
