"""What a field's input costs: each item of its lists is made into an object of ours.

Those that stand in the document itself are few, for it has few tokens; but for the defaults of
variables, which many fields can be given.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from graphql import (
    FieldNode,
    GraphQLSchema,
    ListTypeNode,
    ListValueNode,
    NonNullTypeNode,
    ObjectValueNode,
    OperationDefinitionNode,
    TypeNode,
    ValueNode,
    VariableNode,
    is_input_object_type,
)

from execution.amount import Amount, Given
from execution.lists import MOST_ITEMS

# A line of an invoice takes some 100 us, be it right or wrong, and an id some 10.
OBJECT: Final = 5
PLAIN: Final = 1


def lists_of(schema: GraphQLSchema, operation: OperationDefinitionNode) -> dict[str, int]:
    """The variables that may hold lists, with the size of each one's default.

    Others cost nothing, and aren't looked at.
    """
    return {
        definition.variable.name.value: written_items(definition.default_value)
        for definition in operation.variable_definitions or ()
        if _may_hold_lists(schema, definition.type)
    }


def _may_hold_lists(schema: GraphQLSchema, type_: TypeNode) -> bool:
    inner = type_.type if isinstance(type_, NonNullTypeNode) else type_
    if isinstance(inner, ListTypeNode):
        return True
    return is_input_object_type(schema.type_map[cast("Any", inner).name.value])


def input_size(node: FieldNode, lists: Mapping[str, int]) -> Amount:
    """What the items cost that the field is given by variables."""
    found = [name for argument in node.arguments or () for name in variables_in(argument.value)]
    names = [name for name in found if name in lists]
    if not names:
        return 0
    return lambda given: sum(_size(given, name, lists[name]) for name in names)


def variables_in(value: ValueNode) -> Iterator[str]:
    """The names of variables in a value that is written in the document, each as often as it is."""
    match value:
        case VariableNode():
            yield value.name.value
        case ObjectValueNode():
            for member in value.fields:
                yield from variables_in(member.value)
        case ListValueNode():
            for item in value.values:
                yield from variables_in(item)
        case _:
            pass  # Nothing else holds one.


def written_items(value: ValueNode | None) -> int:
    """What the items of all lists cost in a value that is written in the document."""
    match value:
        case ObjectValueNode():
            return sum(written_items(member.value) for member in value.fields)
        case ListValueNode():
            return sum(
                (OBJECT if isinstance(item, ObjectValueNode) else PLAIN) + written_items(item)
                for item in value.values
            )
        case _:
            return 0


def _size(given: Given, name: str, default: int) -> int:
    """Counted once for all fields that take the same variable."""
    if name not in given.variables:
        return default
    size = given.sizes.get(name)
    if size is None:
        size = given.sizes[name] = items_in(given.variables[name])
    return size


def items_in(value: Any) -> int:
    """What the items of all lists in a value cost; JSON is walked without recursion."""
    size, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        # JSON's objects are dicts; whether something is a Mapping takes a microsecond to be told.
        if isinstance(each, dict):
            waiting += cast("dict[str, Any]", each).values()
        elif isinstance(each, list):
            # A longer list is refused once it is paid for: nothing is made of its items.
            items = cast("list[Any]", each)[:MOST_ITEMS]
            size += sum(OBJECT if isinstance(item, dict) else PLAIN for item in items)
            waiting += items
    return size
