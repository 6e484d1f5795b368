"""What is selected under one key of the response, compiled for each type when first met."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    BooleanValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    is_abstract_type,
    is_leaf_type,
)

from execution.compiled.arguments import fixed, parts_of
from execution.compiled.core import OutputType, condition_of, type_of
from execution.compiled.direct import shortcut
from execution.compiled.field import Field, nested_form, plain_reader
from execution.compiled.fields import Fields
from execution.compiled.leaves import leaf_of
from execution.compiled.objects import Objects
from execution.compiled.reads import reads_once, unread
from execution.compiled.room import Room
from execution.compiled.shapes import Many, Shape
from execution.compiled.single import Single


@dataclass(eq=False)
class Variant:
    """An operation under one outcome of the variables in its @skip and @include.

    It keeps fields while it has `share` of its document's room, since a short document can stand
    for very many of them; what finds no room is compiled each time, as graphql-core does it.
    """

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    switches: Mapping[str, bool]
    share: int
    room: Room
    root: "Selection" = field(init=False)
    # Where it is a query of one field that can be answered by itself.
    single: Single | None = None
    # Two fields at most that were compiled, by the batch that each loads by.
    uses: dict[Any, list[str]] = field(default_factory=dict[Any, list[str]])

    def keeps(self, fields: int) -> bool:
        """Whether there is room for so many more, which is taken."""
        if self.share <= 0 or not self.room.take(fields):
            return False
        self.share -= fields
        return True

    def counted(self, batch: Any, name: str) -> Callable[[], bool]:
        """Count a field that loads by the batch; the function tells whether it is the only one."""
        uses = self.uses.setdefault(batch, [])
        # What finds no room is compiled, and counted, for each request.
        if len(uses) < 2:  # noqa: PLR2004  # it is only asked whether there is another
            uses.append(name)
        return lambda: len(uses) == 1

    def counts(self, node: SelectionNode) -> bool:
        """Whether @skip and @include let the node take part."""
        return all(
            self._holds(condition_of(directive)) is (directive.name.value == "include")
            for directive in node.directives or ()
        )

    def _holds(self, condition: object) -> bool:
        if isinstance(condition, VariableNode):
            return self.switches[condition.name.value]
        assert isinstance(condition, BooleanValueNode), "a condition is a variable or a literal"
        return condition.value


class Selection:
    """Selection sets of one key of the response, merged.

    Not for all possible types at once: below interfaces their number multiplies with the depth.
    """

    __slots__ = ("_compiled", "_sets", "_variant")

    def __init__(self, variant: Variant, sets: Sequence[SelectionSetNode]) -> None:
        self._variant, self._sets = variant, sets
        self._compiled: dict[GraphQLObjectType, Fields] = {}

    def of(self, type_: GraphQLObjectType) -> Fields:
        fields = self._compiled.get(type_)
        if fields is None:
            fields = self._compile(type_)
            if self._variant.keeps(len(fields.fields)):
                fields.are_kept = True
                self._compiled[type_] = fields
        return fields

    def _compile(self, type_: GraphQLObjectType) -> Fields:
        grouped = Collector(self._variant, type_).collect(self._sets)
        return Fields([self._field(type_, *group) for group in grouped.items()])

    def _field(self, parent: GraphQLObjectType, key: str, nodes: list[FieldNode]) -> Field:
        variant, name = self._variant, nodes[0].name.value
        definition = variant.schema.get_field(parent, name)
        assert definition, f"{parent.name}.{name} passed validation but is not in the schema"
        below = Selection(variant, [node.selection_set for node in nodes if node.selection_set])
        shape = shape_of(type_of(definition), below)
        plain, attribute = plain_reader(parent, name, definition)
        parts = parts_of(definition, nodes[0])
        constant = fixed(parts)
        nested = nested_form(definition)
        reads = unread if plain else reads_once(shape, nested=nested is not None)
        return Field(
            key=key,
            name=name,
            parent=parent,
            definition=definition,
            nodes=nodes,
            shape=shape,
            plain=plain,
            attribute=attribute,
            shortcut=shortcut(variant.schema, definition, constant, reads),
            nested=nested,
            reads=reads,
            is_alone=variant.counted(nested.batch, name) if nested else bool,
            fixed=constant,
            parts=parts,
        )


def shape_of(type_: OutputType, selection: Selection, *, required: bool = False) -> Shape:
    inner: OutputType = getattr(type_, "of_type", None)
    if isinstance(type_, GraphQLNonNull):
        return shape_of(inner, selection, required=True)
    if isinstance(type_, GraphQLList):
        return Many(shape_of(inner, selection), required=required)
    if is_leaf_type(type_):
        return leaf_of(type_, required=required)
    return Objects(type_, selection, required=required)


class Collector:
    """Finds the fields that one object type has in several selection sets."""

    def __init__(self, variant: Variant, type_: GraphQLObjectType) -> None:
        self._variant, self._type = variant, type_
        self._visited: set[str] = set()

    def collect(self, sets: Iterable[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        grouped: dict[str, list[FieldNode]] = {}
        for selected in sets:
            for node in self._fields(selected):
                grouped.setdefault((node.alias or node.name).value, []).append(node)
        return grouped

    def _fields(self, selected: SelectionSetNode) -> Iterator[FieldNode]:
        for node in selected.selections:
            if not self._variant.counts(node):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif inner := self._inner(node):
                yield from self._fields(inner)

    def _inner(self, node: SelectionNode) -> SelectionSetNode | None:
        fragment: FragmentDefinitionNode | InlineFragmentNode
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name in self._visited:
                return None
            self._visited.add(name)
            fragment = self._variant.fragments[name]
        else:
            assert isinstance(node, InlineFragmentNode)
            fragment = node
        return fragment.selection_set if self._applies(fragment) else None

    def _applies(self, fragment: FragmentDefinitionNode | InlineFragmentNode) -> bool:
        if fragment.type_condition is None:
            return True
        schema = self._variant.schema
        condition = schema.get_type(fragment.type_condition.name.value)
        if condition is self._type:
            return True
        return is_abstract_type(condition) and schema.is_sub_type(condition, self._type)
