"""Valid arguments for every field of the schema, by their names and types."""

import itertools
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)

from db.scope import Scope
from resolvers.root import api

SCHEMA = api._schema
# What contradicts its neighbors, or can't be made up.
LEFT_OUT = {"after", "before", "environment", "fullAccess", "last", "search", "sku"}
COUNT = itertools.count(1)
TEXTS = {
    "amount": "2.50",
    "currency": "EUR",
    "cidr": "192.0.2.0/24",
    "customerEmail": "ann@shop.test",
    "imageUrl": "https://shop.test/tea.png",
    "metadata": {"color": "green"},
    "emails": "ann@shop.test",
    "url": "https://hooks.test/changed",
}
EARLIER = "2020-01-01T00:00:00Z"
TIMES = {"createdAfter": EARLIER, "since": EARLIER}
# What needs no scope but the field's own.
MEMBERS = {"EventType": "WEBHOOK_TEST"}
# Only what has ended can be sent again.
ENDED = "an ended WebhookDelivery"
OTHERS = {"RetryWebhookDeliveryInput": ENDED}
LATER = "2999-01-01T00:00:00Z"
NUMBERS = {"first": 5, "quantity": 2, "overlapSeconds": 60}


class Inputs:
    """Valid values for arguments, by the names and types of what they are for."""

    def __init__(self, ids: dict[str, str], scope: Scope | None, noun: str) -> None:
        self.ids, self.scope, self.noun = ids, scope, noun
        self.declared: dict[str, str] = {}
        self.given: dict[str, Any] = {}

    def called(self, name: str, field: GraphQLField) -> str:
        """The field with its arguments, which become variables of the operation."""
        passed: list[str] = []
        for argument, definition in field.args.items():
            if argument not in LEFT_OUT:
                variable = f"{name}_{argument}"
                self.declared[variable] = str(definition.type)
                self.given[variable] = self.value(argument, definition.type, noun_of(field))
                passed.append(f"{argument}: ${variable}")
        return f"{name}({', '.join(passed)})" if passed else name

    def value(self, name: str, type_: Any, noun: str) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self.value(name, type_.of_type, noun)
        if isinstance(type_, GraphQLList):
            return [self.value(name, type_.of_type, noun)]
        if isinstance(type_, GraphQLInputObjectType):
            inner = OTHERS.get(type_.name) or named_in(type_.name) or noun
            return {
                field: self.value(field, definition.type, inner)
                for field, definition in type_.fields.items()
                if field not in LEFT_OUT
            }
        if isinstance(type_, GraphQLEnumType):
            first = MEMBERS.get(type_.name) or next(iter(type_.values))
            return self.scope.name if type_.name == "Scope" else first
        if type_.name == "ID":
            return self.id(name, noun)
        values = {"Boolean": True, "DateTime": TIMES.get(name, LATER), "Int": NUMBERS.get(name)}
        return values.get(type_.name, TEXTS.get(name, f"New {name} {next(COUNT)}"))

    def id(self, name: str, noun: str) -> str:
        named = named_in(name[0].upper() + name[1:])
        return self.ids[named or (self.noun if noun == "Node" else noun)]


def noun_of(field: GraphQLField) -> str:
    return get_named_type(field.type).name


def named_in(name: str) -> str | None:
    """The longest noun in the name of an input or argument, such as Product in productId."""
    nouns = [type_.name for type_ in SCHEMA.get_possible_types(SCHEMA.type_map["Node"])]
    return max((noun for noun in nouns if noun in name), key=len, default=None)
