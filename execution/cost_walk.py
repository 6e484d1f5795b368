"""Follows an operation and puts together what each of its fields at the root costs."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    is_abstract_type,
    is_object_type,
)

from execution.amount import Amount, added, largest, multiplied, under
from execution.conditions import Conditions
from execution.input_size import input_size, lists_of
from execution.introspected import ROOTS, Introspected, Nodes, Selected
from execution.page_size import is_paged, page_size
from execution.weight import AGAIN, CHANGE, COUNTS, FOUND, is_found, is_list, most_items, shown

Fields = dict[str, Nodes]


class Part(NamedTuple):
    """A field at the root: a fixed part, and for each item of its page another one."""

    name: str
    conditions: Sequence[int]
    base: Amount
    size: Amount | None
    each: Amount

    @property
    def amount(self) -> Amount:
        items = 0 if self.size is None else multiplied(self.size, self.each)
        return under(self.conditions, added([self.base, items]))


class CostWalk:
    """Follows an operation as execution will: fields with the same key are one field."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
    ) -> None:
        self.conditions = Conditions(operation)
        self.introspects = False
        self._schema, self._fragments, self._operation = schema, fragments, operation
        self._lists = lists_of(schema, operation)
        self._introspected = Introspected(schema, self._collected)
        self._defaults = {
            definition.variable.name.value: definition.default_value
            for definition in operation.variable_definitions or ()
        }

    def root(self) -> list[Part]:
        type_ = self._schema.get_root_type(self._operation.operation)
        assert type_, "a validated operation has a root type"
        changes = self._operation.operation is not OperationType.QUERY
        weight = CHANGE if changes else FOUND
        return list(self._parts(type_, [(self._operation.selection_set, 0)], None, weight))

    def _parts(
        self, type_: GraphQLObjectType, selected: Selected, size: Amount | None, weight: int = 1
    ) -> Iterator[Part]:
        """What each field of an object costs; `size` is that of the page, where it is one."""
        asked: set[str] = set()
        for nodes in self._collected(type_, selected).values():
            name = nodes[0][0].name.value
            if name.startswith("__"):
                yield from self._meta(name, nodes)
                continue
            definition = type_.fields[name]
            own = weight if is_found(definition) else 0
            if size is not None:
                own += COUNTS.get(name, 0)
            own = added([own, input_size(nodes[0][0], self._lists)]) if self._lists else own
            part = self._part(f"{type_.name}.{name}", nodes, definition, own, size)
            yield again(part) if name in asked and not is_found(definition) else part
            asked.add(name)

    def _meta(self, name: str, nodes: Nodes) -> Iterator[Part]:
        """What it costs to have the schema shown; the name of a type is there in any case."""
        if name in ROOTS:
            self.introspects = True
            cost = self._introspected.cost(nodes)
            yield Part(name, conditions_of(nodes), cost, None, 0)

    def _part(
        self,
        coordinate: str,
        nodes: Nodes,
        definition: GraphQLField,
        own: Amount,
        size: Amount | None,
    ) -> Part:
        name = nodes[0][0].name.value
        conditions = conditions_of(nodes)
        # What they all depend on is asked for once, at the field itself.
        alike = len(conditions) == 1
        below = [(node.selection_set, 0 if alike else met) for node, met in nodes]
        below = [(selected, met) for selected, met in below if selected]
        type_ = shown(definition)
        if not below:
            return Part(name, conditions, own, None, 0)
        if is_paged(definition):
            none, one = (self._object(type_, below, items) for items in (0, 1))
            size = page_size(nodes[0][0], self._defaults)
            each = added([one, multiplied(-1, none)])
            return Part(name, conditions, added([own, none]), size, each)
        inside = self._object(type_, below, None)
        if is_list(definition):
            items = most_items(coordinate) if size is None else size
            return Part(name, conditions, own, items, added([1, inside]))
        return Part(name, conditions, added([own, inside]), None, 0)

    def _object(self, type_: GraphQLNamedType, selected: Selected, size: Amount | None) -> Amount:
        """What one object costs beside itself: of all types that it may have, the dearest."""
        return largest(
            [
                added([part.amount for part in self._parts(possible, selected, size)])
                for possible in self._possible(type_)
            ]
        )

    def _collected(self, type_: GraphQLObjectType, selected: Selected) -> Fields:
        fields: Fields = defaultdict(list)
        waiting = list(reversed(selected))
        while waiting:
            selection_set, outer = waiting.pop()
            for node in selection_set.selections:
                met = self.conditions.met(node, outer)
                if met is None:
                    continue
                if isinstance(node, FieldNode):
                    fields[(node.alias or node.name).value].append((node, met))
                    continue
                fragment = self._fragment(node)
                condition = fragment.type_condition
                if condition is None or self._fits(condition.name.value, type_):
                    waiting.append((fragment.selection_set, met))
        return fields

    def _fragment(self, node: SelectionNode) -> InlineFragmentNode | FragmentDefinitionNode:
        if isinstance(node, FragmentSpreadNode):
            return self._fragments[node.name.value]
        assert isinstance(node, InlineFragmentNode)
        return node

    def _fits(self, name: str, type_: GraphQLObjectType) -> bool:
        return type_ in self._possible(self._schema.type_map[name])

    def _possible(self, type_: GraphQLNamedType) -> Sequence[GraphQLObjectType]:
        if is_abstract_type(type_):
            return self._schema.get_possible_types(type_)
        return [type_] if is_object_type(type_) else []


def again(part: Part) -> Part:
    """The same under another name: all of it is shown once more, each item of a list too."""
    return part._replace(base=added([part.base, AGAIN]), each=added([part.each, AGAIN]))


def conditions_of(nodes: Nodes) -> list[int]:
    return list({met for _, met in nodes})
