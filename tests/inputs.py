"""Makes up input values for random operations, and the variables that carry some of them."""

from collections.abc import Sequence
from random import Random
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    print_ast,
)
from graphql.utilities import value_to_literal

SPECIMENS = {"Int": 7, "Float": 1.5}


class Inputs:
    """The variables of one operation: some have a default, some a value, some both."""

    def __init__(self, random: Random, ids: Sequence[str | int]) -> None:
        self.random, self.ids = random, ids
        self.declared: dict[str, str] = {}
        self.given: dict[str, Any] = {}

    def chance(self, likelihood: float) -> bool:
        return self.random.random() < likelihood

    def variable(self, names: Sequence[str], type_: Any) -> str:
        """Use one of the variables, which all are of this type; declare it where it is new."""
        name = self.random.choice(names)
        if name not in self.declared:
            self.declared[name] = self.declaration(type_)
            optional = "=" in self.declared[name] or not isinstance(type_, GraphQLNonNull)
            if not optional or self.chance(0.5):
                self.given[name] = self.value(type_)
        return f"${name}"

    def declaration(self, type_: Any) -> str:
        if self.chance(0.4):
            return str(type_)
        shown = str(type_) if self.chance(0.5) else str(type_).removesuffix("!")
        return f"{shown} = {self.literal(type_)}"

    def literal(self, type_: Any) -> str:
        return print_ast(value_to_literal(self.value(type_), type_))

    def value(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self.value(type_.of_type)
        if isinstance(type_, GraphQLList):
            return [self.value(type_.of_type) for _ in range(self.random.randint(0, 2))]
        if isinstance(type_, GraphQLEnumType):
            return self.random.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return {
                name: self.value(field.type)
                for name, field in type_.fields.items()
                if isinstance(field.type, GraphQLNonNull) or self.chance(0.2)
            }
        if type_ is GraphQLBoolean:
            return self.chance(0.5)
        return (
            self.random.choice(self.ids)
            if type_ is GraphQLID
            else SPECIMENS.get(type_.name, "text")
        )
