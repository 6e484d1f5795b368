"""Writes random operations that a schema takes, with all that decides which fields run."""

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLID,
    GraphQLNonNull,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
)

from tests.inputs import Inputs

SWITCHES = ("s0", "s1", "s2", "s3")
ID_VARIABLES = ("id0", "id1", "id2")
# A field costs two of these, a fragment one: so documents end.
ROOM = 6


class Operation(NamedTuple):
    text: str
    variables: dict[str, Any]


class Fragment(NamedTuple):
    on: Any
    room: int
    text: str


class Writer:
    """Writes one document, of which the operation Run is to be run; Other is there to mislead.

    Fields merge, aliases take the names of other fields, fragments are spread at many places
    and narrow types by turns, variables have defaults or values or both.
    """

    def __init__(self, schema: GraphQLSchema, random: Random, ids: Sequence[str | int]) -> None:
        self.schema, self.random = schema, random
        self.types = [
            type_
            for type_ in schema.type_map.values()
            if is_composite_type(type_) and not type_.name.startswith("__")
        ]
        self.names = sorted({name for type_ in self.types for name in fields_of(type_)})
        self.keys: dict[str, tuple[str, str, str]] = {}
        self.fragments: dict[str, Fragment] = {}
        self.inputs = Inputs(random, ids)
        self.plain = False

    def operation(self) -> Operation:
        root = self.schema.query_type
        if self.schema.mutation_type and self.chance(0.2):
            root = self.schema.mutation_type
        kind = "query" if root is self.schema.query_type else "mutation"
        return self.document(kind, self.selections(root, ROOM))

    def document(self, kind: str, body: str) -> Operation:
        """The operation with all that it needs."""
        self.plain = True
        other = f"query Other {self.selections(self.schema.query_type, ROOM // 2)}"
        declared = " ".join(f"${name}: {type_}" for name, type_ in self.inputs.declared.items())
        run = f"{kind} Run{f'({declared})' if declared else ''} {body}"
        fragments = [
            f"fragment {name} on {fragment.on.name} {fragment.text}"
            for name, fragment in self.fragments.items()
        ]
        parts = [run, other, *fragments]
        self.random.shuffle(parts)
        return Operation("\n".join(parts), self.inputs.given)

    def chance(self, likelihood: float) -> bool:
        return self.random.random() < likelihood

    def selections(self, type_: Any, room: int) -> str:
        written = [self.selection(type_, room) for _ in range(self.random.randint(1, 4))]
        return "{ " + " ".join(written) + " }"

    def selection(self, type_: Any, room: int) -> str:
        fields = {
            name: field
            for name, field in fields_of(type_).items()
            if room > 2 or not is_composite_type(get_named_type(field.type))
        }
        roll = self.random.random()
        if roll < 0.15 and room and not self.plain:
            return self.spread(type_, room - 1)
        if room and (roll < 0.35 or not fields):
            return self.inline(type_, room - 1)
        if roll < 0.37 and type_ is self.schema.query_type:
            return f"__schema{self.switches()} {{ queryType {{ name }} }}"
        if roll < 0.4 or not fields:
            return f"__typename{self.switches()}"
        name = self.random.choice(list(fields))
        return self.field(name, fields[name], room - 2)

    def field(self, name: str, field: GraphQLField, room: int) -> str:
        arguments = self.arguments(field.args)
        named = get_named_type(field.type)
        if is_composite_type(named):
            alias = self.alias(name, (name, arguments, ""))
            return f"{alias}{name}{arguments}{self.switches()} {self.selections(named, room)}"
        alias = self.alias(name, (name, arguments, str(field.type)))
        return f"{alias}{name}{arguments}{self.switches()}"

    def alias(self, name: str, what: tuple[str, str, str]) -> str:
        """Choose a key of the response; what shares one must be the same field."""
        roll = self.random.random()
        key = name if roll < 0.6 else f"{name}{self.random.randint(0, 1)}"
        if roll > 0.85:
            key = self.random.choice(self.names)
        if self.keys.setdefault(key, what) != what:
            key = f"k{len(self.keys)}"
            self.keys[key] = what
        return "" if key == name else f"{key}: "

    def inline(self, type_: Any, room: int) -> str:
        on = self.overlapping(type_)
        condition = "" if on is type_ and self.chance(0.5) else f" on {on.name}"
        return f"...{condition}{self.switches()} {self.selections(on, room)}"

    def spread(self, type_: Any, room: int) -> str:
        fitting = [
            name
            for name, fragment in self.fragments.items()
            if fragment.room <= room and self.overlap(type_, fragment.on)
        ]
        if fitting and self.chance(0.6):
            return f"...{self.random.choice(fitting)}{self.switches()}"
        on = self.overlapping(type_)
        text = self.selections(on, room)
        name = f"F{len(self.fragments)}"
        self.fragments[name] = Fragment(on, room, text)
        return f"...{name}{self.switches()}"

    def overlapping(self, type_: Any) -> Any:
        return self.random.choice([on for on in self.types if self.overlap(type_, on)])

    def overlap(self, one: Any, other: Any) -> bool:
        return not set(self.possible(one)).isdisjoint(self.possible(other))

    def possible(self, type_: Any) -> Sequence[Any]:
        return self.schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]

    def switches(self) -> str:
        return self.switch("skip", 0.12) + self.switch("include", 0.12)

    def switch(self, directive: str, likelihood: float) -> str:
        if self.plain or not self.chance(likelihood):
            return ""
        if self.chance(0.2):
            return f" @{directive}(if: {self.random.choice(['true', 'false'])})"
        return (
            f" @{directive}(if: {self.inputs.variable(SWITCHES, GraphQLNonNull(GraphQLBoolean))})"
        )

    def arguments(self, definitions: dict[str, GraphQLArgument]) -> str:
        given = [
            f"{name}: {self.argument(argument.type)}"
            for name, argument in definitions.items()
            if is_required_argument(argument) or self.chance(0.3)
        ]
        return f"({', '.join(given)})" if given else ""

    def argument(self, type_: Any) -> str:
        if self.plain or self.chance(0.5):
            return self.inputs.literal(type_)
        if str(type_).removesuffix("!") == "ID":
            return self.inputs.variable(ID_VARIABLES, GraphQLNonNull(GraphQLID))
        return self.inputs.variable((f"v{len(self.inputs.declared)}",), type_)


def fields_of(type_: Any) -> dict[str, GraphQLField]:
    return getattr(type_, "fields", {})
