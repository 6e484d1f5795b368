"""What a field costs by itself, read from its definition."""

from typing import Any, Final, cast

from graphql import GraphQLField, GraphQLNamedType, get_named_type

from schema.guards import PUBLIC, SCOPE, marks_of

# A transaction with its audit entry and its event; and what stays open.
CHANGE: Final = 10
# Lists without pages, such as an invoice's lines, are taken to have so many items.
ITEMS: Final = 10
# Counted by the database, over all rows that fit.
COUNTS: Final = {"totalCount": 10, "unreadCount": 10}


def is_found(definition: GraphQLField) -> bool:
    """Whether a resolver finds what the field shows, in place of its parent's having it."""
    marks = marks_of(definition)
    return SCOPE in marks or PUBLIC in marks


def is_list(definition: Any) -> bool:
    return f"{definition.type}".startswith("[")


def shown(definition: Any) -> GraphQLNamedType:
    # graphql-core leaves the parameters of its list and non-null types open.
    return cast("GraphQLNamedType", get_named_type(definition.type))
