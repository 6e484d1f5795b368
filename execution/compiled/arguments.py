"""The arguments of a field: worked out once where the request has no part in them."""

from enum import Enum
from types import NoneType
from typing import Any

from graphql import FieldNode, GraphQLField, ValueNode, VariableNode
from graphql.execution.values import VariableValues, get_argument_values
from graphql.language import visit
from graphql.language.visitor import BREAK, Visitor

from execution.compiled.columns import attempt

NONE = VariableValues({}, {})
# What a resolver can't change, so that all requests may share it.
IMMUTABLE = (str, int, float, NoneType, Enum)
# Most fields take no arguments, so that they share this; it is not to be changed, as all are.
NOTHING: dict[str, Any] = {}


def fixed_arguments(definition: GraphQLField, node: FieldNode) -> dict[str, Any] | None:
    """The arguments that are the same in each request; None where each works out its own."""
    if not definition.args:
        return NOTHING
    if any(_has_variable(argument.value) for argument in node.arguments or ()):
        return None
    values = attempt(get_argument_values, definition, node, NONE)
    if isinstance(values, Exception):
        # What is wrong is found again, and told, in each request.
        return None
    return values if all(isinstance(value, IMMUTABLE) for value in values.values()) else None


class _Finder(Visitor):
    """Looks for a variable anywhere in a value."""

    found = False

    def enter_variable(self, *_: Any) -> Any:
        self.found = True
        return BREAK


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, VariableNode):
        return True
    finder = _Finder()
    visit(value, finder)
    return finder.found
