"""Rows and what holds them as bytes, and back as objects that read the same."""

import base64
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from functools import cache
from operator import itemgetter
from types import SimpleNamespace
from typing import Any, Final, cast
from uuid import UUID

import asyncpg
import orjson

from db.base import Row
from db.statement import properties_of

# What JSON has no form for: how each is written, and read again.
WRITTEN: Final[dict[type, tuple[str, Callable[[Any], str]]]] = {
    UUID: ("uuid", str),
    datetime: ("time", datetime.isoformat),
    Decimal: ("decimal", str),
    bytes: ("bytes", lambda value: base64.b64encode(value).decode()),
}


def preserved(value: object) -> bytes:
    """The value as bytes; TypeError for what can't be restored, which is a mistake of ours."""
    return orjson.dumps(_plain(value))


def restored(data: bytes) -> Any:
    """The value again; rows have the columns and properties that they had, named tuples theirs."""
    return _made(orjson.loads(data))


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        # A member of an enum is shown as its value is.
        return str(value)
    for type_, (tag, write) in WRITTEN.items():
        if isinstance(value, type_):
            return {tag: write(value)}
    return _plain_of_many(value)


def _plain_of_many(value: Any) -> Any:
    if isinstance(value, asyncpg.Record):
        table = type(value).__name__
        assert table in _tables(), f"{table} is no table"
        return {"row": [table, list(value.keys()), [_plain(each) for each in value.values()]]}
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return {"members": {name: _plain(inner) for name, inner in members.items()}}
    named = getattr(value, "_asdict", None)
    if isinstance(value, tuple) and named:
        return {"fields": {name: _plain(inner) for name, inner in named().items()}}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in cast("list[Any]", value)]
    raise TypeError(f"A {type(value).__name__} can't be kept for a request that comes again.")


def _made(plain: Any) -> Any:
    if isinstance(plain, list):
        return [_made(each) for each in cast("list[Any]", plain)]
    if isinstance(plain, dict):
        [(tag, value)] = cast("dict[str, Any]", plain).items()
        return READ[tag](value)
    return plain


def _members(plain: dict[str, Any]) -> dict[str, Any]:
    return {name: _made(value) for name, value in plain.items()}


def _row(table: str, columns: list[str], values: list[Any]) -> Any:
    return _row_class(table, tuple(columns))(_made(values))


@cache
def _row_class(table: str, columns: tuple[str, ...]) -> type[tuple[Any, ...]]:
    """As db/statement.py makes them of what the database gives, over a tuple."""
    own: dict[str, Any] = {name: property(itemgetter(at)) for at, name in enumerate(columns)}
    return type(table, (tuple,), own | properties_of(_tables()[table]))


@cache
def _tables() -> dict[str, type[Row]]:
    return {table.__name__: table for table in _below(Row)}


def _below(kind: type[Row]) -> Iterator[type[Row]]:
    for inner in kind.__subclasses__():
        yield inner
        yield from _below(inner)


READ: Final[dict[str, Callable[[Any], Any]]] = {
    "uuid": UUID,
    "time": datetime.fromisoformat,
    "decimal": Decimal,
    "bytes": base64.b64decode,
    "row": lambda value: _row(*value),
    "fields": lambda value: SimpleNamespace(**_members(value)),
    "members": _members,
}
