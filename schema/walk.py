"""Looks over a whole schema, so that no field with a resolver is without its guard."""

from collections.abc import Iterator
from typing import Any

import strawberry
from graphql import GraphQLField, GraphQLInterfaceType, GraphQLObjectType
from strawberry.permission import PermissionExtension

from schema.guards import PUBLIC, SCOPE, HasScope, marks_of
from schema.once import Once


class Unguarded(Exception):
    """Fields that everybody could call, by a mistake of ours."""


def must_be_guarded(schema: strawberry.Schema) -> None:
    """Raises Unguarded for fields whose resolver wasn't made by the functions of guards.py."""
    bare = [name for name, field in resolved_fields(schema) if not is_guarded(name, field)]
    if bare:
        raise Unguarded(
            f"Make these fields by changing, guarded, public or nested: {', '.join(bare)}."
        )


def resolved_fields(schema: strawberry.Schema) -> Iterator[tuple[str, GraphQLField]]:
    """All fields that have a resolver of their own, by coordinates such as Query.products."""
    core = schema._schema  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # Strawberry has no other way to it
    for type_ in core.type_map.values():
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                own = _definition(field)
                if own is not None and own.base_resolver is not None:
                    yield f"{type_.name}.{name}", field


def is_guarded(name: str, field: GraphQLField) -> bool:
    """Whether a mark says who may call the field, and a check in front of it does the same.

    At a root the mark names a scope or is public; below, its parent's guard may be enough. What
    changes something is done once for each Idempotency-Key.
    """
    marks, own = marks_of(field), _definition(field)
    scope = marks.get(SCOPE)
    is_root = name.startswith(("Query.", "Mutation.", "Subscription."))
    marked = marks.get(PUBLIC) is True or scope is not None or (SCOPE in marks and not is_root)
    checks = [
        permission.scope
        for extension in own.extensions
        if isinstance(extension, PermissionExtension)
        for permission in extension.permissions
        if isinstance(permission, HasScope)
    ]
    is_once = any(isinstance(extension, Once) for extension in own.extensions)
    return marked and checks == [scope] and is_once is name.startswith("Mutation.")


def _definition(field: GraphQLField) -> Any:
    return (field.extensions or {}).get("strawberry-definition")
