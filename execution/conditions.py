"""Numbers what @skip and @include ask of the variables, one bit for each outcome."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    BooleanValueNode,
    OperationDefinitionNode,
    SelectionNode,
    ValueNode,
    VariableNode,
)


class Conditions:
    """A set of conditions is an int whose bits must all hold: 0 is always, None is never."""

    def __init__(self, operation: OperationDefinitionNode) -> None:
        self._bits: dict[tuple[str, bool], int] = {}
        self._defaults = {
            definition.variable.name.value: definition.default_value.value
            for definition in operation.variable_definitions or ()
            if isinstance(definition.default_value, BooleanValueNode)
        }

    def met(self, node: SelectionNode, outer: int) -> int | None:
        """Give the conditions under which a node is executed that stands under others."""
        conditions = outer
        for directive, wanted in (("skip", False), ("include", True)):
            asked = _asked(node, directive)
            if isinstance(asked, BooleanValueNode) and asked.value is not wanted:
                return None
            if isinstance(asked, VariableNode):
                variable = asked.name.value
                if conditions & self._bits.get((variable, not wanted), 0):
                    return None
                conditions |= self._bits.setdefault((variable, wanted), 1 << len(self._bits))
        return conditions

    def failed(self, variables: Mapping[str, Any]) -> int:
        """Give the bits that don't hold for these variables, which are raw JSON.

        A variable that is no bool fails nothing: it is refused later, and until then what
        hangs on it counts as executed.
        """
        failed = 0
        for (name, wanted), bit in self._bits.items():
            value = variables.get(name, self._defaults.get(name))
            if isinstance(value, bool) and value is not wanted:
                failed |= bit
        return failed


def _asked(node: SelectionNode, name: str) -> ValueNode | None:
    for directive in node.directives or ():
        if directive.name.value == name:
            return next(argument.value for argument in directive.arguments or ())
    return None
