"""Root fields that are called without Strawberry's wrappers: guard and resolver stay the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from graphql import GraphQLField, GraphQLSchema
from strawberry.schema import Schema
from strawberry.types.field import StrawberryField

from execution.compiled.arguments import IMMUTABLE
from execution.compiled.core import Info
from execution.compiled.inputs import Arguments, converter
from schema.direct import Direct, KnowingInfo, direct_form


@dataclass(frozen=True, slots=True, eq=False)
class Shortcut:
    """`convert` makes the arguments as the resolver takes them.

    `converted` are those, where no request has a part in them.
    """

    direct: Direct
    own: StrawberryField
    reads: Callable[[], frozenset[str] | None]
    convert: Callable[[Arguments], Arguments]
    converted: Arguments | None

    async def call(
        self, source: Any, context: Any, tell: Callable[[], Info], given: Arguments
    ) -> Any:
        # What is wrong with an argument comes as late as graphql-core has it: so errors are in the
        # order of a mutation's fields.
        info = KnowingInfo(context, self.own, self.reads(), tell)
        arguments = self.convert(given) if self.converted is None else self.converted
        return await self.direct.begun(source, info, arguments)


def shortcut(
    schema: GraphQLSchema,
    definition: GraphQLField,
    fixed: Arguments | None,
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
    convert = converter(own, house)
    return Shortcut(direct, own, reads, convert, _converted_once(convert, fixed))


def _converted_once(
    convert: Callable[[Arguments], Arguments], fixed: Arguments | None
) -> Arguments | None:
    if fixed is None:
        return None
    values = convert(fixed)
    return values if all(isinstance(value, IMMUTABLE) for value in values.values()) else None
