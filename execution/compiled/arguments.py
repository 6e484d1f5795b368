"""The arguments of a field: worked out once, but for those that are variables."""

from collections.abc import Mapping, Sequence
from enum import Enum
from types import NoneType
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNonNull,
    ObjectValueNode,
    ValueNode,
    VariableNode,
    is_required_argument,
)
from graphql.execution.values import VariableValues, coerce_argument
from graphql.language import visit
from graphql.language.visitor import BREAK, Visitor
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value

from execution.compiled.columns import attempt
from execution.compiled.core import literal, nullable, type_of

NONE = VariableValues({}, {})
# What a resolver can't change, so that all requests may share it.
IMMUTABLE = (str, int, float, NoneType, Enum)
# Most fields take no arguments, so that they share this; it is not to be changed, as all are.
NOTHING: dict[str, Any] = {}


class Part(NamedTuple):
    """An argument, or a member of one, that is the value of a variable, or else always the same.

    `value` is what there is where there is no variable, or it has no value; Undefined for none.
    Where it is an object that is written in the document, it is made of `members` each time.
    """

    name: str
    variable: str | None
    value: Any
    required: bool
    members: "Sequence[Part] | None" = None


def parts_of(definition: GraphQLField, node: FieldNode) -> Sequence[Part] | None:
    """All that has to be known of the arguments; None where graphql-core is to work them out."""
    parts = attempt(_parts, definition, node) if definition.args else ()
    # What is wrong is found again, and told, in each request.
    return None if isinstance(parts, Exception) else parts


def fixed(parts: Sequence[Part] | None) -> dict[str, Any] | None:
    """The arguments that are the same in each request; None where each works out its own."""
    if parts is None or any(part.variable or part.members is not None for part in parts):
        return None
    return {part.name: part.value for part in parts} if parts else NOTHING


def read(parts: Sequence[Part], coerced: Mapping[str, Any]) -> dict[str, Any] | None:
    """The arguments with the variables' values; None where graphql-core is to refuse them."""
    arguments: dict[str, Any] = {}
    for name, variable, otherwise, required, members in parts:
        if members is not None:
            value: Any = read(members, coerced)
            if value is None:
                return None
        else:
            value = otherwise if variable is None else coerced.get(variable, otherwise)
        if required and (value is None or value is Undefined):
            return None
        if value is not Undefined:
            arguments[name] = value
    return arguments


def _parts(definition: GraphQLField, node: FieldNode) -> Sequence[Part] | None:
    nodes = {argument.name.value: argument for argument in node.arguments or ()}
    parts: list[Part] = []
    for name, argument in definition.args.items():
        given, out = nodes.get(name), argument.out_name or name
        if given is not None and isinstance(given.value, ObjectValueNode):
            parts.append(_object(out, type_of(argument), given.value))
            continue
        variable, found = _variable_of(given and given.value), dict[str, Any]()
        if variable is None or not is_required_argument(argument):
            # A variable without a value is as if it weren't given.
            given = None if variable else given
            coerce_argument(found, node, name, argument, given, NONE, None)
        value = found.get(out, Undefined)
        # What a resolver could change must be made anew for each request.
        if value is not Undefined and not isinstance(value, IMMUTABLE):
            return None
        if variable or value is not Undefined:
            required = isinstance(type_of(argument), GraphQLNonNull)
            parts.append(Part(out, variable, value, required))
    return parts


def _object(name: str, type_: Any, node: ObjectValueNode) -> Part:
    """An object as it is written; a TypeError where graphql-core is to make it."""
    kind = nullable(type_)
    if not isinstance(kind, GraphQLInputObjectType) or kind.is_one_of:
        raise TypeError("Not an object whose members stand for themselves.")
    given = {member.name.value: member.value for member in node.fields}
    is_known = given.keys() <= kind.fields.keys()
    if kind.out_type is not GraphQLInputObjectType.out_type or not is_known:
        raise TypeError("Something else is made of the object, or there is no such member.")
    members = [_member(name, field, given.get(name)) for name, field in kind.fields.items()]
    return Part(name, None, None, False, [each for each in members if each is not None])  # noqa: FBT003


def _member(name: str, field: GraphQLInputField, node: ValueNode | None) -> Part | None:
    out, type_ = field.out_name or name, type_of(field)
    if isinstance(node, ObjectValueNode):
        return _object(out, type_, node)
    variable = _variable_of(node)
    is_written = node is not None and variable is None
    value = literal(node, type_, NONE) if is_written else coerce_default_value(field)
    if value is not Undefined and not isinstance(value, IMMUTABLE):
        raise TypeError("What a resolver could change must be made anew for each request.")
    required = isinstance(type_, GraphQLNonNull)
    if variable or value is not Undefined:
        return Part(out, variable, value, required)
    if is_written or required:
        raise TypeError("The member is wrong, or lacking.")
    return None


def _variable_of(value: ValueNode | None) -> str | None:
    """The variable that is the value; a TypeError where one is only a part of it."""
    if value is None or not _has_variable(value):
        return None
    if not isinstance(value, VariableNode):
        raise TypeError("Variables are within the value.")
    return value.name.value


class _Finder(Visitor):
    """Looks for a variable anywhere in a value."""

    found = False

    def enter_variable(self, *_: Any) -> Any:
        self.found = True
        return BREAK


def _has_variable(value: ValueNode) -> bool:
    if isinstance(value, VariableNode):
        return True
    finder = _Finder()
    visit(value, finder)
    return finder.found
