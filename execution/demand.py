"""What one field demands of the caller, and the list of all such demands."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLID,
    IntValueNode,
    OperationDefinitionNode,
    StringValueNode,
    ValueNode,
    VariableNode,
    is_required_argument,
)

from db.scope import Scope
from execution.rules import Rules


class IdVariable(NamedTuple):
    """A variable whose id decides; `default` is what it holds where the caller gives none."""

    name: str
    default: str | None

    def id(self, variables: Mapping[str, Any]) -> str | None:
        """Read the id as execution will; None where it will refuse the variable."""
        try:
            return GraphQLID.coerce_input_value(variables.get(self.name, self.default))
        except (GraphQLError, RecursionError, ValueError):
            # What nests too deeply to be told in graphql-core's message is no id either.
            return None


class Demand(NamedTuple):
    """What the caller needs where the conditions hold, and the field that needs it."""

    what: Scope | IdVariable
    conditions: int
    coordinate: str
    node: FieldNode


class Demands:
    """Keeps each demand under its widest conditions, in the order of the document."""

    def __init__(self) -> None:
        self.kept: list[Demand] = []
        self._known: dict[Scope | IdVariable, list[int]] = {}

    def add(self, demand: Demand) -> None:
        known = self._known.setdefault(demand.what, [])
        if not any(fewer & demand.conditions == fewer for fewer in known):
            known.append(demand.conditions)
            self.kept.append(demand)


class Guards:
    """Reads the guards of fields, for one operation and its variables."""

    def __init__(self, rules: Rules, operation: OperationDefinitionNode) -> None:
        self._rules = rules
        self._defaults = {
            definition.variable.name.value: definition.default_value
            for definition in operation.variable_definitions or ()
        }

    def of(self, field: GraphQLField, node: FieldNode) -> Iterator[Scope | IdVariable]:
        scope = self._rules.scope_of(field)
        if scope:
            yield scope
        name = self._rules.id_argument(field)
        if name:
            assert _decides(field.args[name]), "an id that decides is of type ID! and is given"
            asked = self._of_id(node, name)
            if asked:
                yield asked

    def _of_id(self, node: FieldNode, name: str) -> Scope | IdVariable | None:
        [value] = [given.value for given in node.arguments or () if given.name.value == name]
        if isinstance(value, VariableNode):
            variable = value.name.value
            return IdVariable(variable, _text(self._defaults[variable]))
        id = _text(value)
        return None if id is None else self._rules.scope_of_id(id)


def _text(value: ValueNode | None) -> str | None:
    return value.value if isinstance(value, StringValueNode | IntValueNode) else None


def _decides(argument: Any) -> bool:
    return is_required_argument(argument) and f"{argument.type}" == "ID!"
