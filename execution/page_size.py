"""How many items a field may answer with, as far as its arguments tell."""

from collections.abc import Mapping
from typing import Any

from graphql import FieldNode, GraphQLField, IntValueNode, NullValueNode, ValueNode, VariableNode

from db.page_asked import DEFAULT, MOST
from execution.amount import Amount, Given

SIZES = ("first", "last")


def is_paged(definition: GraphQLField) -> bool:
    return all(name in definition.args for name in SIZES)


def page_size(node: FieldNode, defaults: Mapping[str, ValueNode | None]) -> Amount:
    """The size of a page; what can't be told counts as the largest page there is."""
    asked = [given.value for given in node.arguments or () if given.name.value in SIZES]
    variables = [
        (value.name.value, _literal(defaults.get(value.name.value)))
        for value in asked
        if isinstance(value, VariableNode)
    ]
    fixed = [_literal(value) for value in asked if not isinstance(value, VariableNode)]
    if not variables:
        return _size(fixed)

    if len(asked) == 1:
        return _alone(*variables[0])

    def size(given: Given) -> int:
        return _size(fixed + [given.variables.get(name, default) for name, default in variables])

    return size


def _alone(name: str, default: Any) -> Amount:
    """As nearly all pages are asked for, so that it is told fast."""

    def size(given: Given) -> int:
        asked = given.variables.get(name, default)
        return asked if type(asked) is int and 0 <= asked <= MOST else _size([asked])

    return size


def _size(asked: list[Any]) -> int:
    """A page has the size that was asked for, and another one where nothing was."""
    stated = [MOST if type(size) is not int else size for size in asked if size is not None]
    return min(max(0, *stated), MOST) if stated else DEFAULT


def _literal(value: ValueNode | None) -> Any:
    """A literal's number, None for null, and anything else as it is: no page has such a size."""
    if value is None or isinstance(value, NullValueNode):
        return None
    # Digits beyond any page are not made into a number: there may be thousands.
    return int(value.value[:5]) if isinstance(value, IntValueNode) else value
