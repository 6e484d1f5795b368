"""The few parts of graphql-core whose types are loose, with the types they have."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeAlias, TypeGuard, cast

import graphql
from graphql import (
    DirectiveNode,
    GraphQLAbstractType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    ValueNode,
)
from graphql.pyutils import gather_with_cancel
from graphql.type.definition import GraphQLResolveInfoHelpers

Resolver: TypeAlias = Callable[..., Any]
# The union that graphql-core declares has open type parameters.
OutputType: TypeAlias = Any

_core = cast("Any", graphql)
nullable: Callable[[Any], Any] = _core.get_nullable_type
literal: Callable[..., Any] = _core.utilities.coerce_input_literal
is_iterable: Callable[[Any], TypeGuard[Iterable[Any]]] = _core.pyutils.is_iterable
is_awaitable: Callable[[Any], TypeGuard[Awaitable[Any]]] = _core.pyutils.is_awaitable


class Info(GraphQLResolveInfo[Any]):
    """What resolvers are told, as Strawberry's executor tells it; the house has no extensions."""

    __slots__ = ()
    operation_extensions = None


def type_of(definition: object) -> Any:
    """The type of a field, an argument, a variable: the declared ones have open parameters, too."""
    return cast("Any", definition).type


def condition_of(directive: DirectiveNode) -> ValueNode:
    """The value of the only argument that @skip and @include have."""
    assert directive.arguments, "a validated @skip or @include has its argument"
    return directive.arguments[0].value


def resolver_of(definition: GraphQLField) -> Resolver:
    return definition.resolve or _core.default_field_resolver


def type_resolver(abstract: GraphQLAbstractType) -> Resolver:
    return cast("Any", abstract).resolve_type or _core.default_type_resolver


def type_check(type_: GraphQLObjectType) -> Resolver | None:
    return cast("Any", type_).is_type_of


def _gather(awaitables: Sequence[Awaitable[Any]]) -> Awaitable[list[Any]]:
    return gather_with_cancel(*awaitables)


def _drop(values: Sequence[Any]) -> None:
    """What was begun and nobody waits for any more does not go on."""
    for value in values:
        if inspect.iscoroutine(value):
            value.close()


HELPERS = GraphQLResolveInfoHelpers(gather=_gather, track=_drop)
