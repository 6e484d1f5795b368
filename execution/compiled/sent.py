"""Reads the values that were sent for input types, by functions that are made once for each type.

They take what clients usually send. At anything else they raise, be it wrong or only unusual, such
as a single value for a list: then graphql-core reads it, by its own rules and in its own words.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, NamedTuple, TypeAlias

from graphql import (
    GraphQLID,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLString,
    is_required_input_field,
)
from graphql.pyutils import Undefined
from graphql.type.scalars import GRAPHQL_MAX_INT, GRAPHQL_MIN_INT
from graphql.utilities.coerce_input_value import coerce_default_value

from execution.compiled.core import type_of

Read: TypeAlias = Callable[[Any], Any]
MOST_TYPES: Final = 1_000


class Unusual(Exception):
    """A value or a type that graphql-core is to look at."""


class Member(NamedTuple):
    """A field of an input; `default` is Undefined where it has none."""

    name: str
    read: Read
    is_required: bool
    default: Any


def reader(type_: Any) -> Read:
    if _is(type_, GraphQLNonNull):
        return _present(type_.of_type)
    read = _present(type_)
    return lambda value: None if value is None else read(value)


def _is(type_: Any, *kinds: type[Any]) -> bool:
    """Without narrowing: the types of these have open parameters."""
    return isinstance(type_, kinds)


def _present(type_: Any) -> Read:
    """Takes no null."""
    if _is(type_, GraphQLList):
        read = reader(type_.of_type)
        return lambda value: [read(each) for each in _a(list, value)]
    return _named(type_)


@lru_cache(MOST_TYPES)
def _named(type_: Any) -> Read:
    if isinstance(type_, GraphQLInputObjectType):
        return _object(type_)
    if type_ in {GraphQLString, GraphQLID}:
        return lambda value: _a(str, value)
    return _integer if type_ is GraphQLInt else _leaf(type_.coerce_input_value)


def _leaf(coerce: Read) -> Read:
    def read(value: Any) -> Any:
        if value is None:
            raise Unusual
        return coerce(value)

    return read


def _integer(value: Any) -> int:
    if type(value) is not int or not GRAPHQL_MIN_INT <= value <= GRAPHQL_MAX_INT:
        raise Unusual
    return value


def _a(kind: type[Any], value: Any) -> Any:
    if type(value) is not kind:
        raise Unusual
    return value


def _object(type_: GraphQLInputObjectType) -> Read:
    _must_end(type_, ())
    members = [_member(name, field) for name, field in type_.fields.items()]
    names = type_.fields.keys()

    def read(value: Any) -> dict[str, Any]:
        if type(value) is not dict or not value.keys() <= names:
            raise Unusual
        made: dict[str, Any] = {}
        for name, read_member, is_required, default in members:
            if name in value:
                made[name] = read_member(value[name])
            elif is_required:
                raise Unusual
            elif default is not Undefined:
                made[name] = default
        return made

    return read


def _member(name: str, field: GraphQLInputField) -> Member:
    default = Undefined if is_required_input_field(field) else coerce_default_value(field)
    return Member(name, reader(type_of(field)), is_required_input_field(field), default)


def _must_end(type_: Any, above: tuple[Any, ...]) -> None:
    """Unusual for inputs that hold themselves, since graphql-core bounds how deep they are.

    And for those with rules or names of their own, which the house doesn't have.
    """
    while _is(type_, GraphQLNonNull, GraphQLList):
        type_ = type_.of_type
    if not isinstance(type_, GraphQLInputObjectType):
        return
    is_plain = type_.out_type is GraphQLInputObjectType.out_type and not type_.is_one_of
    if type_ in above or not is_plain or any(each.out_name for each in type_.fields.values()):
        raise Unusual
    for field in type_.fields.values():
        _must_end(type_of(field), (*above, type_))
