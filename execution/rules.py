"""What a plan asks of the schema's guards."""

from typing import Protocol

from graphql import GraphQLField

from db.scope import Scope


class Rules(Protocol):
    """Which scope a field, an id and a type ask for."""

    def scope_of(self, field: GraphQLField) -> Scope | None:
        """Give the scope that stands on the field."""
        ...

    def id_argument(self, field: GraphQLField) -> str | None:
        """Name the argument whose id decides; its type is ID! and it has no default."""
        ...

    def scope_of_id(self, id: str) -> Scope | None:
        """Give the scope that the id's prefix asks for; None where none covers it."""
        ...

    def follows_types(self, field: GraphQLField) -> bool:
        """Say whether each type that a fragment on the field names needs its read scope."""
        ...

    def scope_of_type(self, name: str) -> Scope | None:
        """Give the read scope of a type."""
        ...
