"""The only ways to make a field that has a resolver: each says who may call it.

`guarded`, `changing` for mutations, `public` and, for subscriptions, `streamed` make root fields,
`nested` the fields that lead on to another object. The plan of an operation reads the same marks
before anything runs (execution/plan.py), so the check here, before each resolver, is the second
line of defence.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from operator import attrgetter
from typing import Any, cast

import strawberry
from strawberry.extensions import FieldExtension
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.schema_directive import Location
from strawberry.types.field import StrawberryField

from access.caller import Caller
from access.errors import MissingScope
from schema.batch import AnyBatch
from schema.context import Info
from schema.direct import Blind
from schema.nested import Nested, Veil
from schema.once import Once
from schema.scope import Scope

Resolver = Callable[..., Awaitable[object]]
Source = Callable[..., AsyncGenerator[object, None]]
SCOPE = "scope"
BY_ID = "by_id"
PUBLIC = "public"
FOLLOWS_TYPES = "follows_types"
NESTED = "nested"


@strawberry.schema_directive(locations=[Location.FIELD_DEFINITION])
class Requires:
    """Prints the scope that a field needs into the SDL."""

    scope: Scope


class HasScope(Blind):
    """Lets callers in whose key has the scope, from an address that its rules allow."""

    def __init__(self, scope: Scope | None) -> None:
        self.scope = scope

    def has_permission(self, source: Any, info: Info, **kwargs: Any) -> bool:
        caller: Caller = info.context.caller
        caller.must_be_at_an_allowed_address()
        if self.scope is not None and self.scope not in caller.key.scopes:
            where = f"{info.path.typename}.{info.field_name}"
            raise MissingScope.at(where, self.scope)
        return True


def guarded(
    shows: object, scope: Scope, description: str = ""
) -> Callable[[Resolver], StrawberryField]:
    """Make a resolver into a root field that shows its rows as `shows`, to holders of `scope`."""
    return lambda resolver: strawberry.field(resolver, **_marks(shows, scope, description))


def changing(
    shows: object, scope: Scope, description: str = "", *, in_steps: bool = False
) -> Callable[[Resolver], StrawberryField]:
    """Make a resolver into a field of a mutation, done once for each Idempotency-Key.

    All that it does is one transaction then, unless it goes on `in_steps` and may be done twice.
    """
    marks = _marks(shows, scope, description)
    # Of extensions the last one is asked first: the guard stands before what was kept, too.
    marks["extensions"] = [Once(in_steps=in_steps), *marks["extensions"]]
    return lambda resolver: strawberry.field(resolver, **marks)


def streamed(
    shows: object, scope: Scope, description: str = ""
) -> Callable[[Source], StrawberryField]:
    """Make a source of events into a root field of a subscription, each event shown as `shows`.

    The guard is asked before the source begins; whoever runs it asks again before each event.
    """
    return lambda source: strawberry.subscription(source, **_marks(shows, scope, description))


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
    shows: object,
    scope: Scope | None,
    batch: AnyBatch,
    description: str = "",
    *,
    follows_types: bool = False,
    veiled: Veil | None = None,
) -> Callable[[Callable[[Any], Any]], Any]:
    """Make a field of an object that leads on: the function gives the id to load, or None.

    Objects of one request are loaded together by `batch`. No scope: the parent's guard covers it.
    `follows_types` where it shows objects of several types: a fragment on one of them needs the
    read scope of that type, and without it no more is shown than that the object is there.
    `veiled` tells of an object which scope this field of it needs: without it the field is null,
    and nothing is loaded.
    """
    marks = _marks(shows, scope, description)
    guard = _guard_in(marks)
    return lambda id_of: _leading_on(
        id_of.__name__, marks, Nested(guard, id_of, batch, veiled, follows_types)
    )


def nested_by(
    attribute: str, shows: object, scope: Scope | None, batch: AnyBatch, description: str = ""
) -> Any:
    """The same where an attribute of the object is the id: it is read of many without a call each.

    A list of such objects needs to read that attribute and no others.
    """
    marks = _marks(shows, scope, description)
    id_of = attrgetter(attribute)
    form = Nested(_guard_in(marks), id_of, batch, None, follows_types=False, attribute=attribute)
    return _leading_on(attribute, marks, form)


def _leading_on(name: str, marks: dict[str, Any], form: Nested) -> Any:
    marks["metadata"] |= {FOLLOWS_TYPES: form.follows_types, NESTED: form}

    async def resolve(self: Any, info: Info) -> Any:
        id = form.id_for(self, info.context)
        [found] = [None] if id is None else await form.found([id], info.context)
        if isinstance(found, Exception):
            raise found
        return found

    resolve.__name__ = name
    return strawberry.pydantic.field(resolve, **marks)


def _guard_in(marks: dict[str, Any]) -> BasePermission:
    return marks["extensions"][0].permissions[0]


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
