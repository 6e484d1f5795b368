"""Checks the type that a type resolver named, in the words of graphql-core."""

from typing import Any, TypeAlias

from graphql import (
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
)
from graphql.pyutils import inspect

from execution.compiled.core import Info

Abstract: TypeAlias = GraphQLInterfaceType | GraphQLUnionType


def valid_type(
    schema: GraphQLSchema, name: Any, abstract: Abstract, info: Info, value: Any
) -> GraphQLObjectType:
    """The object type of this name; raises what stands in its place, or says why it can't be."""
    if isinstance(name, Exception):
        raise name
    type_ = schema.get_type(name) if isinstance(name, str) else None
    if isinstance(type_, GraphQLObjectType) and schema.is_sub_type(abstract, type_):
        return type_
    raise GraphQLError(_fault(type_, name, abstract, info, value), info.field_nodes)


def _fault(type_: Any, name: Any, abstract: Abstract, info: Info, value: Any) -> str:
    if not isinstance(name, str):
        return _unnamed(name, abstract, info, value)
    if type_ is None:
        return (
            f"Abstract type '{abstract}' was resolved to a type '{name}' that does not exist"
            " inside the schema."
        )
    if not isinstance(type_, GraphQLObjectType):
        return f"Abstract type '{abstract}' was resolved to a non-object type '{name}'."
    return f"Runtime Object type '{type_}' is not a possible type for '{abstract}'."


def _unnamed(name: Any, abstract: Abstract, info: Info, value: Any) -> str:
    must = (
        f"Abstract type '{abstract}' must resolve to an Object type at runtime"
        f" for field '{info.parent_type}.{info.field_name}'"
    )
    if name is None:
        return (
            f"{must}. Either the '{abstract}' type should provide a 'resolve_type' function or"
            " each possible type should provide an 'is_type_of' function."
        )
    return (
        f"{must} with value {inspect(value)}, received '{inspect(name)}', which is not a valid"
        " Object type name."
    )
