"""A valid operation for every field of the schema that needs a scope, made from the schema."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from graphql import (
    GraphQLField,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
)

from db.scope import Scope
from resolvers.root import api
from schema.guards import BY_ID, PUBLIC, SCOPE, marks_of
from schema.read import KINDS
from schema.walk import resolved_fields
from tests.field_inputs import SCHEMA, Inputs, noun_of

ROOTS = ("Query", "Mutation")
FORMS = {
    "plain": "{field}",
    "alias": "other: {field}",
    "fragment": "...Part",
    "inline fragment": "... on {on} {{ {field} }}",
    "included": "... @include(if: $switch) {{ {field} }}",
    "skipped": "... @skip(if: $absent) {{ {field} }}",
}


class Asked(NamedTuple):
    text: str
    variables: dict[str, Any]


class Target(NamedTuple):
    """A field with a guard of its own, and the fields that lead to it from a root."""

    path: tuple[str, ...]
    scope: Scope | None
    noun: str

    @property
    def name(self) -> str:
        on, field = steps(self.path)[-1]
        shown = f"({self.noun})" if marks_of(field).get(BY_ID) else ""
        return f"{on}.{self.path[-1]}{shown}"

    @property
    def is_mutation(self) -> bool:
        return self.path[0] in SCHEMA.mutation_type.fields

    @property
    def scopes(self) -> set[Scope]:
        """All that the whole operation needs."""
        marked = [marks_of(field).get(SCOPE) for _, field in steps(self.path)]
        return {self.scope, *marked} - {None}

    def asked(self, ids: dict[str, str], form: str = "plain", *, runs: bool = True) -> Asked:
        """The operation, its ids those of each noun; all arguments are variables.

        In the forms "included" and "skipped", `runs` tells whether the field is executed.
        """
        inputs = Inputs(ids, self.scope, self.noun)
        *above, (on, field) = steps(self.path)
        written = inputs.called(self.path[-1], field) + selected(field)
        text = FORMS[form].format(field=written, on=on)
        for name, (_, outer) in zip(self.path[-2::-1], above[::-1], strict=True):
            text = f"{inputs.called(name, outer)} {{ {text} }}"
        kind = "mutation" if self.is_mutation else "query"
        if form == "included":
            inputs.declared["switch"], inputs.given["switch"] = "Boolean!", runs
        if form == "skipped":
            inputs.declared["absent"] = f"Boolean = {str(not runs).lower()}"
        declared = ", ".join(f"${name}: {type_}" for name, type_ in inputs.declared.items())
        part = f" fragment Part on {on} {{ {written} }}" if form == "fragment" else ""
        operation = f"{kind}{f'({declared})' if declared else ''} {{ {text} }}"
        return Asked(operation + part, inputs.given)


def selected(field: GraphQLField, above: tuple[str, ...] = ()) -> str:
    """All that a field shows by its own guard, however deep."""
    type_ = get_named_type(field.type)
    if is_leaf_type(type_):
        return ""
    if is_abstract_type(type_):
        return " { __typename id }" if "id" in getattr(type_, "fields", {}) else " { __typename }"
    inner = [
        name + selected(below, (*above, type_.name))
        for name, below in type_.fields.items()
        if not marks_of(below).get(SCOPE) and noun_of(below) not in above
    ]
    return f" {{ {' '.join(inner)} }}"


def steps(path: tuple[str, ...]) -> list[tuple[str, GraphQLField]]:
    """The fields of a path, each with the name of the type that it stands on."""
    found: list[tuple[str, GraphQLField]] = []
    type_ = next(SCHEMA.type_map[root] for root in ROOTS if path[0] in SCHEMA.type_map[root].fields)
    for name in path:
        found.append((type_.name, type_.fields[name]))
        type_ = get_named_type(type_.fields[name].type)
    return found


def path_to(type_name: str) -> tuple[str, ...]:
    """The shortest way from a query to an object of this type."""
    ways = [((name,), field) for name, field in SCHEMA.query_type.fields.items()]
    while noun_of(ways[0][1]) != type_name:
        path, field = ways.pop(0)
        below = getattr(get_named_type(field.type), "fields", {})
        ways += [((*path, name), inner) for name, inner in below.items() if has_fields(inner)]
    return ways[0][0]


def has_fields(field: GraphQLField) -> bool:
    return is_composite_type(get_named_type(field.type))


def targets() -> Iterator[Target]:
    for coordinate, field in resolved_fields(api):
        on, name = coordinate.split(".")
        # Subscriptions don't run over HTTP: tests/test_resolvers_subscription.py asks them.
        if on == "Subscription":
            continue
        path = (*(() if on in ROOTS else path_to(on)), name)
        marks = marks_of(field)
        if marks.get(BY_ID):
            yield from (Target(path, kind.scope, kind.noun) for kind in KINDS.values())
        elif marks.get(SCOPE) or marks.get(PUBLIC):
            yield Target(path, marks.get(SCOPE), noun_of(field))


FIELDS = {target.name: target for target in targets()}
TARGETS = {name: target for name, target in FIELDS.items() if target.scope}
