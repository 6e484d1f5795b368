"""Tables as benchmarks print them, and as docs/performance.md shows them."""

from collections.abc import Sequence


def show(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table in Markdown, columns of numbers to the right."""
    columns = zip(titles, *rows, strict=True)
    lines = zip(*(_column(str(title), values) for title, *values in columns), strict=True)
    print("\n".join(f"| {' | '.join(line)} |" for line in lines), flush=True)


def _column(title: str, values: Sequence[object]) -> list[str]:
    numeric = all(isinstance(value, int | float) for value in values)
    texts = [f"{value:,.2f}" if isinstance(value, float) else str(value) for value in values]
    width = max(map(len, [title, *texts]))
    rule = "-" * (width - 1) + (":" if numeric else "-")
    return [text.rjust(width) if numeric else text.ljust(width) for text in [title, rule, *texts]]


def note(text: str) -> None:
    """Say what is going on, at once."""
    print(text, flush=True)
