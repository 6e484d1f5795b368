"""Walks an operation over all ways that execution may take, and collects what it demands."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    is_abstract_type,
    is_object_type,
)

from execution.conditions import Conditions
from execution.demand import Demand, Demands, Guards
from execution.rules import Rules

# Far above what people write; a document that is made to explode reaches one of them soon.
MOST_STEPS = 5_000
MOST_DEMANDS = 500

Types = tuple[GraphQLObjectType, ...]


class Followed(NamedTuple):
    """A field on which each type that a fragment names needs a scope, and what it shows."""

    shown: frozenset[GraphQLNamedType]
    coordinate: str
    node: FieldNode


class Place(NamedTuple):
    """The types of the objects that a selection is made from, and the conditions that led there."""

    types: Types
    conditions: int
    followed: Followed | None = None


class Walk:
    """One pass over an operation, for all runtime types at once and without recursion.

    A walk that takes too long starts again and is no longer exact: conditions on variables count
    as met, and each fragment is read once, from all types that it fits. That takes time in
    proportion to the document, and demands too much at worst.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        rules: Rules,
        operation: OperationDefinitionNode,
    ) -> None:
        self.exact = True
        self.steps = 0
        self.demands = Demands()
        self.conditions = Conditions(operation)
        self._schema, self._fragments, self._operation = schema, fragments, operation
        self._rules, self._guards = rules, Guards(rules, operation)
        self._stack: list[tuple[SelectionNode, Place]] = []
        self._entered: set[tuple[Any, ...]] = set()
        self._possible: dict[str, Types] = {}

    def run(self) -> None:
        self._start()
        while self._stack:
            if self.exact and (self.steps > MOST_STEPS or len(self.demands.kept) > MOST_DEMANDS):
                self.exact = False
                self._start()
            self.steps += 1
            self._visit(*self._stack.pop())

    def _start(self) -> None:
        root = self._schema.get_root_type(self._operation.operation)
        assert root, "a validated operation has a root type"
        self.demands = Demands()
        self._stack.clear()
        self._entered.clear()
        self._push(self._operation.selection_set, Place((root,), 0))

    def _push(self, selected: SelectionSetNode, place: Place) -> None:
        self._stack.extend((selection, place) for selection in reversed(selected.selections))

    def _visit(self, selection: SelectionNode, outer: Place) -> None:
        conditions = self.conditions.met(selection, outer.conditions)
        if conditions is None:
            return
        place = outer._replace(conditions=conditions if self.exact else 0)
        if isinstance(selection, FieldNode):
            self._field(selection, place)
        elif isinstance(selection, InlineFragmentNode):
            self._inline(selection, place)
        else:
            assert isinstance(selection, FragmentSpreadNode)
            self._fragment(self._fragments[selection.name.value], place)

    def _field(self, node: FieldNode, place: Place) -> None:
        name = node.name.value
        if name.startswith("__"):
            return
        below: dict[GraphQLObjectType, None] = {}
        shown: set[GraphQLNamedType] = set()
        for type_ in place.types:
            # What runs is the field of the runtime type, whatever its interface says.
            self.steps += 1
            definition = type_.fields[name]
            for what in self._guards.of(definition, node):
                self.demands.add(Demand(what, place.conditions, f"{type_.name}.{name}", node))
            inner = _shown(definition)
            below |= dict.fromkeys(self._types(inner))
            if self._rules.follows_types(definition):
                shown.add(inner)
        if node.selection_set:
            coordinate = f"{place.types[0].name}.{name}"
            followed = Followed(frozenset(shown), coordinate, node) if shown else None
            self._push(node.selection_set, Place(tuple(below), place.conditions, followed))

    def _inline(self, node: InlineFragmentNode, outer: Place) -> None:
        place = self._narrowed(outer, node.type_condition) if node.type_condition else outer
        if place.types:
            self._push(node.selection_set, place)

    def _fragment(self, fragment: FragmentDefinitionNode, outer: Place) -> None:
        place = self._narrowed(outer, fragment.type_condition)
        if not self.exact and place.types:
            place = place._replace(types=self._types(self._named(fragment.type_condition)))
        shown = place.followed and place.followed.shown
        entry = (fragment.name.value, place.types, place.conditions, shown)
        if place.types and entry not in self._entered:
            self._entered.add(entry)
            self._push(fragment.selection_set, place)

    def _narrowed(self, outer: Place, condition: NamedTypeNode) -> Place:
        named = self._named(condition)
        fitting = self._types(named)
        place = outer._replace(types=tuple(type_ for type_ in outer.types if type_ in fitting))
        if place.followed:
            self._follow(place.followed, named, place)
        return place

    def _follow(self, followed: Followed, named: GraphQLNamedType, place: Place) -> None:
        # The interface that the field shows reads no more than the field itself does; another
        # one reads what the objects hold, so that it stands for all types that it fits.
        if is_abstract_type(named) and followed.shown == frozenset([named]):
            return
        for type_ in place.types:
            scope = self._rules.scope_of_type(type_.name)
            if scope:
                demand = Demand(scope, place.conditions, followed.coordinate, followed.node)
                self.demands.add(demand)

    def _named(self, condition: NamedTypeNode) -> GraphQLNamedType:
        return self._schema.type_map[condition.name.value]

    def _types(self, type_: GraphQLNamedType) -> Types:
        """Give the object types that an object shown as this type may have."""
        known = self._possible.get(type_.name)
        if known is None:
            if is_abstract_type(type_):
                known = tuple(self._schema.get_possible_types(type_))
            else:
                known = (type_,) if is_object_type(type_) else ()
            self._possible[type_.name] = known
        return known


def _shown(definition: Any) -> GraphQLNamedType:
    # graphql-core leaves the parameters of its list and non-null types open.
    return cast("GraphQLNamedType", get_named_type(definition.type))
