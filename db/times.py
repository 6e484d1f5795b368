"""Times as text: PostgreSQL writes them, and what is shown is made of a whole column at once.

A column of 20 takes asyncpg 15 us as datetimes and 4 us as texts, which take 3 us to be finished.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func

from db.base import Derived

# No attribute can have such a name: `created_at` of the same row stays a datetime.
SHOWN: Final = " as shown"
ZONE: Final = sa.literal_column("'UTC'", type_=sa.Text)
# A time in quotes, whole: "2026-11-25T04:28:42.140891".
LENGTH, POINT = 28, 20
# What others lack of that, by their lengths.
LACKING: Final = {21: ".000000", 23: "00000", 24: "0000", 25: "000", 26: "00", 27: "0", 28: ""}
# As asyncpg has them.
ENDLESS: Final = {"infinity": datetime.max, "-infinity": datetime.min}  # noqa: DTZ901  # without a zone


def as_text(column: Any) -> ColumnElement[Any]:
    """A column of times as texts that don't depend on the session's zone or on its style."""
    return func.to_json(func.timezone(ZONE, column), type_=sa.Text).label(column.key + SHOWN)


def properties(columns: Iterable[str]) -> dict[str, property]:
    """What reads the times themselves, of a row that has them as texts."""
    return {name.removesuffix(SHOWN): _reader(name) for name in columns if name.endswith(SHOWN)}


def derived(columns: Iterable[str]) -> Mapping[str, Derived]:
    """How what is shown of such columns is made."""
    shown = (name for name in columns if name.endswith(SHOWN))
    return {name.removesuffix(SHOWN): Derived((name,), all_shown) for name in shown}


def all_shown(texts: Sequence[str | None]) -> list[Any]:
    """What JSON has of each time, byte for byte what orjson writes of the datetime in UTC.

    What no datetime can be is an OverflowError that stands in its place; nothing is raised.
    """
    try:
        return _whole(cast("Sequence[str]", texts))
    except TypeError:
        shown = iter(_whole([text for text in texts if text is not None]))
        return [None if text is None else next(shown) for text in texts]


def _whole(texts: Sequence[str]) -> list[Any]:
    """The same where there are no nulls; a TypeError where there are."""
    try:
        # A call for each would take as long as all the rest.
        whole = "".join([t if len(t) == LENGTH else f'{t[:-1]}{LACKING[len(t)]}"' for t in texts])
    except KeyError:
        return list(map(_shown, texts))
    # Years beyond 9999 have their points elsewhere, and those before our era end in " BC".
    if not texts or whole[POINT::LENGTH] != "." * len(texts) or " " in whole:
        return list(map(_shown, texts))
    return f"{whole[1:-1]}Z".replace('""', 'Z"').replace(".000000", "").split('"')


def _shown(text: str) -> Any:
    """One by one, what is among them that is no usual time."""
    try:
        time = moment(text)
    except OverflowError as error:
        return error
    return time if time.tzinfo is None else f"{time.replace(tzinfo=None).isoformat()}Z"


def moment(text: str) -> datetime:
    """The time itself, as asyncpg would give it."""
    bare = text[1:-1]
    if bare in ENDLESS:
        return ENDLESS[bare]
    try:
        return datetime.fromisoformat(bare).replace(tzinfo=UTC)
    except ValueError:
        raise OverflowError("date value out of range") from None


def _reader(name: str) -> property:
    def read(row: Any) -> datetime | None:
        text = row[name]
        return None if text is None else moment(text)

    return property(read)
