"""Tells which operations are left to graphql-core, and why."""

from collections.abc import Mapping

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from execution.compiled.core import condition_of

MOST_LEVELS = 32
CONDITIONS = {"skip", "include"}
INTROSPECTION = {"__schema", "__type"}


class Survey:
    """What stands in the way of compiling an operation, and the variables in its conditions."""

    def __init__(
        self, operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self._fragments = fragments
        self._depths: dict[str, int] = {}
        self._switches: dict[str, None] = {}
        self._obstacles: dict[str, None] = {}
        for directive in operation.directives or ():
            self._note(f"@{directive.name.value}")
        self._visit(operation.selection_set, 0)

    @property
    def obstacles(self) -> tuple[str, ...]:
        return tuple(self._obstacles)

    @property
    def switches(self) -> tuple[str, ...]:
        return tuple(self._switches)

    def _note(self, obstacle: str) -> None:
        self._obstacles[obstacle] = None

    def _visit(self, selected: SelectionSetNode, depth: int) -> None:
        if depth > MOST_LEVELS:
            self._note(f"more than {MOST_LEVELS} levels")
            return
        for node in selected.selections:
            self._directives(node)
            self._node(node, depth)

    def _node(self, node: SelectionNode, depth: int) -> None:
        if isinstance(node, FragmentSpreadNode):
            self._spread(node.name.value, depth)
            return
        if isinstance(node, FieldNode) and node.name.value in INTROSPECTION:
            self._note("introspection")
        inner: SelectionSetNode | None = getattr(node, "selection_set", None)
        if inner:
            self._visit(inner, depth + 1)

    def _spread(self, name: str, depth: int) -> None:
        # Read again only where it stands deeper: so many spreads take no more time than levels.
        if depth > self._depths.get(name, -1):
            self._depths[name] = depth
            self._visit(self._fragments[name].selection_set, depth + 1)

    def _directives(self, node: SelectionNode) -> None:
        for directive in node.directives or ():
            if directive.name.value not in CONDITIONS:
                self._note(f"@{directive.name.value}")
            elif isinstance(value := condition_of(directive), VariableNode):
                self._switches[value.name.value] = None
