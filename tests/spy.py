"""Runs operations with graphql-core on made-up data and notes which scopes the run touched."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLIncludeDirective,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionSetNode,
    execute,
    get_directive_values,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    parse,
    validate,
)

from db.scope import Scope
from execution.rules import Rules
from tests.guarded import RULES, SCHEMA, planned

LEAVES = {"Int": 1, "Float": 1.5, "Boolean": True}


class Spy:
    """Answers every field, with one object of each possible type, and notes what was asked."""

    def __init__(self, schema: GraphQLSchema = SCHEMA, rules: Rules = RULES) -> None:
        self.schema, self.rules = schema, rules
        self.touched: set[Scope | None] = set()

    def run(
        self, document: DocumentNode, variables: Mapping[str, Any], name: str | None = None
    ) -> frozenset[Scope]:
        """Give the scopes of all that graphql-core executes."""
        self.touched.clear()
        self.result = execute(
            self.schema,
            document,
            variable_values=dict(variables),
            operation_name=name,
            field_resolver=self.resolve,
            type_resolver=lambda name, *_: name,
        )
        return frozenset(self.touched - {None})

    def resolve(self, source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:
        field = info.parent_type.fields[info.field_name]
        self.touched.add(self.rules.scope_of(field))
        decisive = self.rules.id_argument(field)
        if decisive:
            self.touched.add(self.rules.scope_of_id(arguments[decisive]))
        shown = get_named_type(field.type)
        if self.rules.follows_types(field):
            for node in info.field_nodes:
                for type_ in self.possible(shown):
                    self.touched.update(self.named(node.selection_set, type_, shown.name, info))
        if is_composite_type(shown):
            return [type_.name for type_ in self.possible(shown)]
        value = LEAVES.get(shown.name, "text")
        if isinstance(shown, GraphQLEnumType):
            value = next(iter(shown.values))
        return [value] if is_list_type(get_nullable_type(field.type)) else value

    def possible(self, type_: Any) -> list[Any]:
        return self.schema.get_possible_types(type_) if is_abstract_type(type_) else [type_]

    def named(
        self, selected: SelectionSetNode, type_: Any, shown: str, info: GraphQLResolveInfo
    ) -> Iterator[Scope | None]:
        """Give the scope of an object's type for each fragment that names it and that it passes."""
        for node in selected.selections:
            if isinstance(node, FieldNode) or not included(node, info):
                continue
            fragment = node
            if isinstance(node, FragmentSpreadNode):
                fragment = info.fragments[node.name.value]
            condition = fragment.type_condition
            if condition:
                fits = self.schema.get_type(condition.name.value)
                if type_ not in self.possible(fits):
                    continue
                if condition.name.value != shown or not is_abstract_type(fits):
                    yield self.rules.scope_of_type(type_.name)
            yield from self.named(fragment.selection_set, type_, shown, info)


def included(node: FragmentSpreadNode | InlineFragmentNode, info: GraphQLResolveInfo) -> bool:
    skipped = get_directive_values(GraphQLSkipDirective, node, info.variable_values)
    asked = get_directive_values(GraphQLIncludeDirective, node, info.variable_values)
    return not (skipped and skipped["if"]) and not (asked and not asked["if"])


def planned_and_executed(
    text: str, variables: Mapping[str, Any]
) -> tuple[frozenset[Scope], frozenset[Scope]]:
    """Give what the plan of a valid document demands, and what its execution touches."""
    document = parse(text)
    assert validate(SCHEMA, document) == []
    return planned(document).required(variables), Spy().run(document, variables)


def scopes(names: str) -> frozenset[Scope]:
    return frozenset(map(Scope, names.split()))
