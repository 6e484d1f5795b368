"""Tables for people to read, printed as their rows come."""

from collections.abc import Iterable, Sequence

import click

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Table:
    """Columns are as wide as the first batch of rows needs; later cells may stick out."""

    def __init__(self, *titles: str) -> None:
        self._titles = titles
        self._widths: list[int] = []

    def print(self, rows: Iterable[Sequence[str]]) -> None:
        cells = [[printable(cell) for cell in row] for row in rows]
        if not self._widths:
            cells.insert(0, list(self._titles))
            self._widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for row in cells:
            padded = (c.ljust(w) for c, w in zip(row, self._widths, strict=True))
            click.echo("  ".join(padded).rstrip())


def printable(text: str) -> str:
    """Names come from clients: none may send control characters to an operator's terminal."""
    return "".join(letter if letter.isprintable() else REPLACEMENT for letter in text)
