"""Rows of objects and of what they lead on to, made by one function once all of it is loaded.

Like the function for the rows of one level (plain.py), it gives up at the first value that raises
a question.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from execution.compiled.cells import layout
from execution.compiled.plain import Maker, Writer, may_be_read, never

if TYPE_CHECKING:
    from execution.compiled.field import Field


class Selected(NamedTuple):
    """What is selected of the objects of one level, and their Python type.

    Of those with a place each holds, before all else, whose it is among the objects above; others
    are one for each of these, or None.
    """

    fields: Sequence["Field"]
    kind: type[Any]
    has_place: bool


def maker_of_levels(levels: Sequence[Selected]) -> Maker:
    """The function that is given the objects of each level, and makes the rows of the first."""
    if not all(may_be_read(level.fields, level.kind, layout(level.kind)) for level in levels):
        return never
    known: dict[str, Any] = {}
    lines: list[str] = []
    below = NO_CELL
    for number in reversed(range(1, len(levels))):
        below = _nested(number, levels[number], below, known, lines)
    writer = _Level(known, "0", below)
    row = writer.row(levels[0].fields, layout(levels[0].kind))
    given = ", ".join(f"objects{number}" for number in range(len(levels)))
    body = "\n    ".join([*lines, f"return [{row} {writer.loop(below.sources)}]"])
    exec(f"def show({given}):\n    {body}", known)  # noqa: S102
    return known["show"]


class _Cell(NamedTuple):
    """What stands in a row for what its object leads on to, by names that are looped over."""

    shown: str
    names: list[str]
    sources: list[str]


NO_CELL = _Cell("", [], [])


class _Level(Writer):
    """Writes the rows of one level, around what was written of the level below."""

    def __init__(self, known: dict[str, Any], mark: str, below: _Cell) -> None:
        super().__init__(known, f"{mark}_")
        self._all, self._below = f"objects{mark}", below

    def _led(self) -> str:
        self._resolved += self._below.names
        return self._below.shown

    def is_simple(self) -> bool:
        """Whether a row is made of its object alone."""
        return not self._columns and not self._resolved

    def among(self, live: str) -> None:
        self._all = live


def _nested(
    number: int, level: Selected, below: _Cell, known: dict[str, Any], lines: list[str]
) -> _Cell:
    """The cell for one level; what has to be done before are further lines."""
    one, objects = f"o{number}_", f"objects{number}"
    writer = _Level(known, str(number), below)
    if level.has_place:
        row = writer.row(level.fields, layout(level.kind))
        lists = f"lists{number}"
        lines += [
            f"{lists} = [[] for _ in objects{number - 1}]",
            f"{writer.loop(below.sources)}:",
            f"    {lists}[{one}[0] - 1].append({row})",
        ]
        return _Cell(f"list{number}", [f"list{number}"], [lists])
    live, rows = f"live{number}", f"rows{number}"
    writer.among(live)
    row = writer.row(level.fields, layout(level.kind))
    if writer.is_simple():
        return _Cell(f"None if {one} is None else {row}", [one], [objects])
    lines += [
        f"{live} = [{one} for {one} in {objects} if {one} is not None]",
        f"{rows} = iter([{row} {writer.loop(below.sources)}])",
    ]
    return _Cell(f"None if {one} is None else next({rows})", [one], [objects])
