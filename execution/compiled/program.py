"""An operation, compiled so that it can run for anybody, many times."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    FragmentDefinitionNode,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
)
from graphql.execution.values import VariableValues

from execution.compiled.obstacles import Survey
from execution.compiled.room import Room
from execution.compiled.run import Run
from execution.compiled.selections import Selection, Variant
from execution.compiled.single import single_of
from execution.compiled.variables import Variables

# How many outcomes of its conditions an operation keeps.
MOST_VARIANTS = 16
NOTHING = VariableValues({}, {})


class Program:
    """What an operation comes to, by the outcomes of its conditions; it knows no caller.

    `obstacles` says what leaves the operation to graphql-core. Fragments and room are the
    document's, for all its operations.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        room: Room,
    ) -> None:
        self.schema, self.fragments, self.operation = schema, fragments, operation
        root = schema.get_root_type(operation.operation)
        assert root, "a validated operation has a root type"
        survey = Survey(operation, self.fragments)
        self.root, self.obstacles, self._switches = root, survey.obstacles, survey.switches
        self._room = room
        self._variants: dict[tuple[bool, ...], Variant] = {}
        self._variables = Variables(schema, operation.variable_definitions or ())
        self._is_fixed = not operation.variable_definitions and not self._switches

    def start(self, given: Mapping[str, Any], context: Any, event: Any = None) -> Run | None:
        """A run for one request, or for one event of a subscription.

        None where graphql-core must do it, or refuse it.
        """
        if self.obstacles:
            return None
        if self._is_fixed:
            variant = self._variants.get(()) or self._variant(())
            return Run(self, variant, NOTHING, context, event)
        values = self._variables.values(given)
        outcome = self._outcome(values.coerced) if values else None
        if values is None or outcome is None:
            return None
        return Run(self, self._variant(outcome), values, context, event)

    def forget(self) -> None:
        """Keep nothing of what was compiled; whoever still holds it leaves all to graphql-core.

        That took a fifth of the time of compiling anew for each event.
        """
        self.obstacles = (*self.obstacles, "a document that isn't kept")
        self._variants.clear()

    def _outcome(self, values: Mapping[str, Any]) -> tuple[bool, ...] | None:
        """What the conditions' variables are; None where one is null, which is an error."""
        if not self._switches:
            return ()
        outcome = [values.get(name) for name in self._switches]
        known = tuple(value for value in outcome if isinstance(value, bool))
        return known if len(known) == len(outcome) else None

    def _variant(self, outcome: tuple[bool, ...]) -> Variant:
        variant = self._variants.get(outcome)
        if variant is None:
            switches = dict(zip(self._switches, outcome, strict=True))
            share = self._room.most // min(MOST_VARIANTS, 2 ** len(switches))
            variant = Variant(self.schema, self.fragments, switches, share, self._room)
            variant.root = Selection(variant, [self.operation.selection_set])
            if self.operation.operation is OperationType.QUERY:
                variant.single = single_of(variant.root.of(self.root))
            if len(self._variants) < MOST_VARIANTS:
                self._variants[outcome] = variant
        return variant
