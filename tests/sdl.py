"""What clients rely on: what a new schema breaks of an old one, and how things are deprecated."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
)
from graphql.utilities import find_breaking_changes

from tests.embedded_parts import ROOT

FOLDER = ROOT / "docs" / "releases"
# How a deprecation must end, its reason before it.
FORM = "Deprecated on 2026-11-25, gone from 2027-11-25."
DATES = re.compile(r".+ Deprecated on (\d{4}-\d\d-\d\d), gone from (\d{4}-\d\d-\d\d)\.")


def read_release() -> GraphQLSchema:
    """The SDL of the newest release."""
    versions = {tuple(map(int, path.stem.split("."))): path for path in FOLDER.glob("*.graphql")}
    return build_schema(versions[max(versions)].read_text())


def broken(old: GraphQLSchema, new: GraphQLSchema, today: date) -> list[str]:
    """What clients of the old schema would miss in the new one, or need another scope for."""
    announced = {
        said
        for coordinate, reason in deprecations(old)
        if (dates := dates_of(reason)) and dates[1] <= today
        for said in removals(coordinate)
    }
    changes = [change.description for change in find_breaking_changes(old, new)]
    return [change for change in changes if change not in announced] + list(_guards(old, new))


def removals(coordinate: str) -> Iterator[str]:
    """How graphql-core tells that this was removed, whatever it is."""
    owner, _, name = coordinate.rpartition(".")
    yield f"Field {coordinate} was removed."
    yield f"Enum value {coordinate} was removed."
    yield f"Argument {owner}({name}:) was removed."


def deprecations(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Each field, argument and value that is deprecated, and the reason."""
    for type_ in schema.type_map.values():
        for name, part in _parts(type_):
            for argument, one in getattr(part, "args", {}).items():
                if one.deprecation_reason is not None:
                    yield f"{type_.name}.{name}.{argument}", one.deprecation_reason
            if part.deprecation_reason is not None:
                yield f"{type_.name}.{name}", part.deprecation_reason


def undated(schema: GraphQLSchema) -> list[str]:
    """The deprecations that don't leave clients twelve months."""
    return [
        f"{coordinate}: end {reason!r} as {FORM!r}, at least twelve months later."
        for coordinate, reason in deprecations(schema)
        if (dates := dates_of(reason)) is None or dates[1] < _a_year_after(dates[0])
    ]


def dates_of(reason: str) -> tuple[date, date] | None:
    """When it was deprecated, and from when it may be gone."""
    found = DATES.fullmatch(reason)
    return (date.fromisoformat(found[1]), date.fromisoformat(found[2])) if found else None


def _a_year_after(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year + 1, day=28 if is_leap_day else day.day)


def _parts(type_: Any) -> list[tuple[str, Any]]:
    if isinstance(type_, GraphQLEnumType):
        return list(type_.values.items())
    if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
        return list(type_.fields.items())
    return []


def _guards(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[str]:
    found, now = _scopes(old), _scopes(new)
    for coordinate, scope in found.items():
        if coordinate in now and now[coordinate] not in (None, scope):
            yield f"{coordinate} needs {now[coordinate]} now, and {scope} before."


def _scopes(schema: GraphQLSchema) -> dict[str, str | None]:
    """The scope that each field asks for by @requires."""
    return {
        f"{type_.name}.{name}": next(
            (
                directive.arguments[0].value.value
                for directive in field.ast_node.directives or ()
                if directive.name.value == "requires"
            ),
            None,
        )
        for type_ in schema.type_map.values()
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__")
        for name, field in type_.fields.items()
    }
