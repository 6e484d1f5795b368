"""The variables of an operation, read by functions that are made once from their types.

What these don't take is left to graphql-core, which takes it after all or says what is wrong.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from graphql import GraphQLError, GraphQLNonNull, GraphQLSchema, VariableDefinitionNode
from graphql.execution.get_variable_signature import (
    GraphQLVariableSignature,
    get_variable_signature,
)
from graphql.execution.values import VariableValues, VariableValueSource, get_variable_values
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value

from execution.compiled.arguments import IMMUTABLE
from execution.compiled.columns import attempt
from execution.compiled.core import type_of
from execution.compiled.sent import Read, Unusual, reader


class Variable(NamedTuple):
    """One of an operation's; `default` is Undefined where it has none."""

    name: str
    signature: GraphQLVariableSignature
    read: Read
    default: Any


class Variables:
    """All variables of one operation."""

    def __init__(
        self, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode]
    ) -> None:
        self._schema, self._definitions = schema, definitions

    def values(self, given: Mapping[str, Any]) -> VariableValues | None:
        """None where graphql-core refuses what was given."""
        values = attempt(self._read, given)
        if isinstance(values, Exception):
            # One fault is enough: graphql-core tells them itself, and each quotes what was sent.
            values = get_variable_values(self._schema, self._definitions, dict(given), max_errors=1)
        return values if isinstance(values, VariableValues) else None

    def _read(self, given: Mapping[str, Any]) -> VariableValues:
        if self._own is None:
            raise Unusual
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, signature, read, default in self._own:
            value = given.get(name, Undefined)
            sources[name] = VariableValueSource(signature, value)
            if value is not Undefined:
                coerced[name] = read(value)
            elif default is not Undefined:
                coerced[name] = default
            elif isinstance(type_of(signature), GraphQLNonNull):
                raise Unusual
        return VariableValues(sources, coerced)

    @cached_property
    def _own(self) -> Sequence[Variable] | None:
        """None where one of them has a type or a default that graphql-core is to read."""
        own = attempt(lambda: [_variable(self._schema, each) for each in self._definitions])
        return None if isinstance(own, Exception) else own


def _variable(schema: GraphQLSchema, definition: VariableDefinitionNode) -> Variable:
    signature = get_variable_signature(schema, definition)
    if isinstance(signature, GraphQLError):
        raise signature
    default = coerce_default_value(signature)
    # What a resolver could change must be made anew for each request.
    if default is not Undefined and not isinstance(default, IMMUTABLE):
        raise Unusual
    return Variable(signature.name, signature, reader(type_of(signature)), default)
