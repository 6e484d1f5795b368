"""The rules that a plan follows, read from the marks that the schema's guards left."""

from graphql import GraphQLField

from db.ids import prefix_of
from db.scope import Scope
from schema.guards import BY_ID, FOLLOWS_TYPES, SCOPE, marks_of
from schema.read import BY_NOUN, KINDS


class GuardRules:
    """See execution/rules.py for what each of these is asked."""

    def scope_of(self, field: GraphQLField) -> Scope | None:
        return marks_of(field).get(SCOPE)

    def id_argument(self, field: GraphQLField) -> str | None:
        return marks_of(field).get(BY_ID)

    def scope_of_id(self, id: str) -> Scope | None:
        kind = KINDS.get(prefix_of(id))
        return kind.scope if kind else None

    def follows_types(self, field: GraphQLField) -> bool:
        return marks_of(field).get(FOLLOWS_TYPES) is True

    def scope_of_type(self, name: str) -> Scope | None:
        return BY_NOUN.get(name)
