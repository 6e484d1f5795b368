"""Root fields that are called without Strawberry's wrappers: guard and resolver stay the same."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLField, GraphQLSchema
from strawberry.schema import Schema
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from execution.compiled.arguments import IMMUTABLE
from execution.compiled.core import Info
from schema.direct import Direct, KnowingInfo, direct_form


@dataclass(frozen=True, slots=True, eq=False)
class Shortcut:
    """`converted` are the arguments as the resolver takes them, where no request has a part."""

    direct: Direct
    own: StrawberryField
    house: Schema
    reads: Callable[[], frozenset[str] | None]
    converted: Mapping[str, Any] | None

    def call(
        self, source: Any, context: Any, tell: Callable[[], Info], given: Mapping[str, Any]
    ) -> Awaitable[Any]:
        info = KnowingInfo(context, self.own, self.reads(), tell)
        return self.direct.call(source, info, self._arguments(given))

    def _arguments(self, given: Mapping[str, Any]) -> Mapping[str, Any]:
        if self.converted is not None:
            return self.converted
        return converted(self.own, self.house, given)


def shortcut(
    schema: GraphQLSchema,
    definition: GraphQLField,
    fixed: Mapping[str, Any] | None,
    reads: Callable[[], frozenset[str] | None],
) -> Shortcut | None:
    """None where the resolver that Strawberry made has to be called."""
    own = definition.extensions.get("strawberry-definition")
    house: Schema | None = getattr(schema, "_strawberry_schema", None)
    # Handlers of exceptions stand around the resolver, too.
    if not isinstance(own, StrawberryField) or house is None or house.exception_handlers:
        return None
    # The resolver of a subscription makes the source; what is shown of it is each event.
    direct = None if own.is_subscription else direct_form(own)
    if direct is None:
        return None
    return Shortcut(direct, own, house, reads, _converted_once(own, house, fixed))


def _converted_once(
    own: StrawberryField, house: Schema, fixed: Mapping[str, Any] | None
) -> Mapping[str, Any] | None:
    if fixed is None:
        return None
    values = converted(own, house, fixed)
    return values if all(isinstance(value, IMMUTABLE) for value in values.values()) else None


def converted(own: StrawberryField, house: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as Strawberry hands them to resolvers, inputs made and judged."""
    registry = house.schema_converter.scalar_registry
    return convert_arguments(cast("dict[str, Any]", given), own.arguments, registry, house.config)
