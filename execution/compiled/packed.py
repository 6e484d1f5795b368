"""Columns of truth values in an eighth of their memory, until they are written."""

from execution.compiled.columns import Column


class Packed(Column):
    """Stands for a column of truth values; raises TypeError where there are others."""

    def __init__(self, column: Column) -> None:
        super().__init__()
        self._values = memoryview(bytes(column)).cast("?")

    def part(self, place: slice) -> Column:
        return self._values[place].tolist()


def packed(column: Column) -> Column:
    """A column that a Boolean shows, in less memory where none of it is null."""
    try:
        return Packed(column)
    except TypeError:
        return column


def part_of(column: Column, place: slice) -> Column:
    return column.part(place) if isinstance(column, Packed) else column[place]
