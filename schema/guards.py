"""The only ways to make a field that has a resolver: each says who may call it.

`guarded` and `public` make root fields, `nested` the fields that lead on to another object. The
plan of an operation reads the same marks before anything runs (execution/plan.py), so the check
here, before each resolver, is the second line of defence.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from access.caller import Caller
from access.errors import MissingScope
from schema.context import Batch, Info
from schema.scope import Scope

Resolver = Callable[..., Awaitable[object]]
SCOPE = "scope"
BY_ID = "by_id"
PUBLIC = "public"
NESTED = "nested"


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION])
class Requires:
    """Prints the scope that a field needs into the SDL."""

    scope: Scope


class HasScope(BasePermission):
    """Lets callers in whose key has the scope, from an address that its rules allow."""

    def __init__(self, scope: Scope | None) -> None:
        self.scope = scope

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        caller: Caller = info.context.caller
        caller.must_be_at_an_allowed_address()
        if self.scope is not None and self.scope not in caller.key.scopes:
            where = f"{info.path.typename}.{info.field_name}"
            raise MissingScope([self.scope], [self.scope], where)
        return True


class Nested(NamedTuple):
    """A field that leads on, in the form that many objects share: one check, one call."""

    guard: PermissionExtension
    id_of: Callable[[Any], UUID | None]
    batch: Batch

    async def load(self, ids: Sequence[UUID], info: Info) -> list[Any]:
        """What there is for each id, or an exception in its place; raises what the guard does."""

        async def found(_source: None, info: Info) -> list[Any]:
            return await info.context.load_all(self.batch, ids)

        return await self.guard.resolve_async(found, None, info)


def guarded(
    shows: object, scope: Scope, description: str = ""
) -> Callable[[Resolver], StrawberryField]:
    """Make a resolver into a root field that shows its rows as `shows`, to holders of `scope`."""
    return lambda resolver: strawberry.field(resolver, **_marks(shows, scope, description))


def public(
    shows: object, description: str = "", *, by_id: str | None = None
) -> Callable[[Resolver], StrawberryField]:
    """Make a resolver into a root field for every known caller.

    `by_id` names the argument whose id says by its prefix which scope is needed after all.
    """
    marks = _marks(shows, None, description)
    marks["metadata"] = {PUBLIC: True, BY_ID: by_id}
    return lambda resolver: strawberry.field(resolver, **marks)


def nested(
    shows: object, scope: Scope | None, batch: Batch, description: str = ""
) -> Callable[[Callable[[Any], UUID | None]], Any]:
    """Make a field of an object that leads on: the function gives the id to load, or None.

    Objects of one request are loaded together by `batch`. No scope: the parent's guard covers it.
    """

    def decorate(id_of: Callable[[Any], UUID | None]) -> Any:
        async def resolve(self: Any, info: Info) -> Any:
            id = id_of(self)
            return None if id is None else await info.context.load(batch, id)

        resolve.__name__ = id_of.__name__
        marks = _marks(shows, scope, description)
        [guard] = marks["extensions"]
        marks["metadata"][NESTED] = Nested(guard, id_of, batch)
        return strawberry.pydantic.field(resolve, **marks)

    return decorate


def _marks(shows: object, scope: Scope | None, description: str) -> dict[str, Any]:
    guard: list[FieldExtension] = [PermissionExtension([HasScope(scope)], use_directives=False)]
    needs = f"Needs {scope}." if scope else ""
    return {
        "graphql_type": shows,
        "extensions": guard,
        "metadata": {SCOPE: scope},
        "directives": [Requires(scope=scope)] if scope else [],
        "description": " ".join(filter(None, (description, needs))) or None,
    }


def marks_of(definition: Any) -> Mapping[Any, Any]:
    """The marks that a field was made with, from graphql-core's definition of it."""
    own: Any = cast("dict[str, Any]", definition.extensions or {}).get("strawberry-definition")
    return {} if own is None else own.metadata
