"""Which scopes an operation needs, known before any of it runs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SourceLocation,
    get_location,
)

from access.errors import MissingScope
from db.scope import Scope
from execution.demand import Demand, IdVariable
from execution.rules import Rules
from execution.walk import Walk


@dataclass(frozen=True, slots=True)
class Need:
    """A scope, and the first field in the operation that needs it, such as Query.products."""

    scope: Scope
    coordinate: str
    node: FieldNode = field(repr=False, compare=False)

    @property
    def location(self) -> SourceLocation | None:
        """Where the field stands; None where the document was parsed without locations."""
        place = self.node.loc
        return get_location(place.source, place.start) if place else None


class Plan:
    """What an operation needs of any caller; it knows none of them, so that all can share it.

    Variables are taken as they came, before they are coerced: what coercion will refuse may
    ask for more here, never for less. Where `exact` is false, the operation was too involved to
    tell its conditions apart, and those on variables count as met.
    """

    def __init__(self, rules: Rules, operation: OperationDefinitionNode, walk: Walk) -> None:
        self.operation = operation
        self.is_mutation = operation.operation is OperationType.MUTATION
        self.is_subscription = operation.operation is OperationType.SUBSCRIPTION
        self.is_query = operation.operation is OperationType.QUERY
        self.exact, self.steps = walk.exact, walk.steps
        self._rules, self._conditions = rules, walk.conditions
        self._demands = walk.demands.kept
        self._always = frozenset(
            demand.what
            for demand in self._demands
            if isinstance(demand.what, Scope) and not demand.conditions
        )
        self._sometimes = [demand for demand in self._demands if demand.what not in self._always]
        # Where nothing depends on variables, each scope's first need is the same for all requests,
        # and so is what is required of them.
        self._first = self._in_order({}) if self._depends_on_nothing() else None
        self.settled = None if self._first is None else self._always
        # How those are refused who lack some of that, once it was put into words.
        self.refusals: dict[frozenset[Scope], MissingScope] = {}

    def required(self, variables: Mapping[str, Any]) -> frozenset[Scope]:
        """Give all scopes that a caller needs who sends these variables."""
        if not self._sometimes:
            return self._always
        needs = self._needs(self._sometimes, variables)
        return self._always.union(need.scope for need in needs)

    def missing(self, held: frozenset[Scope], variables: Mapping[str, Any]) -> list[Need]:
        """Give each scope that isn't held once, in the order in which scopes are declared."""
        first = self._in_order(variables) if self._first is None else self._first
        return [need for need in first if need.scope not in held]

    def _depends_on_nothing(self) -> bool:
        return all(
            isinstance(demand.what, Scope) and not demand.conditions for demand in self._demands
        )

    def _in_order(self, variables: Mapping[str, Any]) -> list[Need]:
        """The first need of each scope, in the order in which scopes are declared."""
        first: dict[Scope, Need] = {}
        for need in self._needs(self._demands, variables):
            first.setdefault(need.scope, need)
        return [first[scope] for scope in in_order(frozenset(first))]

    def _needs(self, demands: list[Demand], variables: Mapping[str, Any]) -> Iterator[Need]:
        failed = self._conditions.failed(variables)
        for demand in demands:
            scope = None if demand.conditions & failed else self._scope(demand.what, variables)
            if scope:
                yield Need(scope, demand.coordinate, demand.node)

    def _scope(self, what: Scope | IdVariable, variables: Mapping[str, Any]) -> Scope | None:
        if isinstance(what, Scope):
            return what
        id = what.id(variables)
        return None if id is None else self._rules.scope_of_id(id)


@lru_cache(maxsize=1_000)
def in_order(scopes: frozenset[Scope]) -> tuple[Scope, ...]:
    """The scopes as they are declared one after another."""
    return tuple(scope for scope in Scope if scope in scopes)


def find_operation(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """Give the operation that is to run; raises GraphQLError where that isn't clear."""
    operations = [
        definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        and (name is None or (definition.name and definition.name.value == name))
    ]
    if not operations and name is not None:
        raise GraphQLError(f"Unknown operation named '{name}'.")
    if not operations:
        raise GraphQLError("Must provide an operation.")
    if name is None and len(operations) > 1:
        raise GraphQLError("Must provide operation name if query contains multiple operations.")
    return operations[-1]


def compile_plan(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    rules: Rules,
) -> Plan:
    """Plan an operation of a document that is valid for the schema.

    Raises GraphQLError where a fragment declares variables, which the plan doesn't follow.
    """
    walk = Walk(schema, fragments_of(document), rules, operation)
    walk.run()
    return Plan(rules, operation, walk)


def fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    for fragment in fragments.values():
        if fragment.variable_definitions:
            raise GraphQLError("Fragments can't declare variables here.", fragment)
    return fragments
