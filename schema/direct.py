"""A root field without what Strawberry puts around its guard, its resolver and their `Once`.

Compiled execution calls this; graphql-core calls what Strawberry makes of the same.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from inspect import iscoroutinefunction
from typing import Any, Final, cast

import strawberry
from graphql import GraphQLResolveInfo
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.types.field import StrawberryField

from schema.context import Info
from schema.once import Once

# What may stand around a resolver, the last one first.
DIRECT: Final = ([PermissionExtension], [Once, PermissionExtension])


class KnowingInfo(strawberry.Info[Any, None]):
    """What a resolver is told, with the attributes that are read of its rows, where it is known.

    What graphql-core tells beside the context is put together for whoever asks: `tell` does that.
    """

    context: Any = None

    def __init__(
        self,
        context: Any,
        own: StrawberryField,
        reads: frozenset[str] | None,
        tell: Callable[[], GraphQLResolveInfo[Any]],
    ) -> None:
        self.context, self._field, self.reads, self._tell = context, own, reads, tell

    @cached_property
    def _raw_info(self) -> GraphQLResolveInfo[Any]:  # pyright: ignore[reportIncompatibleVariableOverride]  # made when it is read
        return self._tell()


def reads_of(info: Info) -> frozenset[str] | None:
    """The attributes that the answer shows of each row; None where that may be any."""
    return info.reads if isinstance(info, KnowingInfo) else None


class Blind(BasePermission):
    """A guard that doesn't look at the arguments, and so needn't be given them."""


@dataclass(frozen=True, slots=True)
class Direct:
    """`once` stands between the two where the field is a change."""

    guard: BasePermission
    resolver: Callable[..., Awaitable[Any]]
    once: Once | None = None
    is_blind: bool = False

    def begun(self, source: Any, info: KnowingInfo, arguments: Mapping[str, Any]) -> Awaitable[Any]:
        """What the resolver gives, for who awaits it at once; raises what the guard does."""
        guard = self.guard
        if self.is_blind:
            answer = guard.has_permission(source, info)
        else:
            answer = guard.has_permission(source, info, **arguments)
        # Nothing but True lets anybody in: a coroutine, too, would count as true.
        if answer is not True:
            guard.on_unauthorized()
        if self.once is None:
            return self.resolver(source, info=info, **arguments)
        return self.once.resolve_async(self._resolved, source, info, **arguments)

    def _resolved(self, source: Any, info: Info, **arguments: Any) -> Awaitable[Any]:
        return self.resolver(source, info=info, **arguments)


def direct_form(own: StrawberryField) -> Direct | None:
    """None where more stands around the resolver than a guard, or it takes what others don't."""
    # Strawberry leaves open what resolvers give.
    resolver: Any = cast("Any", own).base_resolver
    extensions = own.extensions
    if resolver is None or list(map(type, extensions)) not in DIRECT:
        return None
    guards = cast("PermissionExtension", extensions[-1]).permissions
    takes_the_usual = resolver.self_parameter and resolver.info_parameter
    takes_more = resolver.root_parameter or resolver.parent_parameter
    if len(guards) != 1 or iscoroutinefunction(guards[0].has_permission):
        return None
    if not resolver.is_async or not takes_the_usual or takes_more:
        return None
    once = extensions[0] if isinstance(extensions[0], Once) else None
    return Direct(guards[0], resolver.wrapped_func, once, isinstance(guards[0], Blind))
