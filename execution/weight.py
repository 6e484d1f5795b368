"""What a field costs by itself, read from its definition."""

from typing import Any, Final, cast

from graphql import GraphQLField, GraphQLNamedType, get_named_type

from db.api_key import MOST_RULES
from db.delivery_list import MOST_ATTEMPTS
from db.notification import NotificationCategory
from db.page_asked import MOST
from db.scope import Scope
from schema.guards import PUBLIC, SCOPE, marks_of
from schema.invoice import MOST_LINES

# A statement of its own, where an object of a list takes a share of one.
FOUND: Final = 10
# A transaction with its audit entry and its event; and what stays open.
CHANGE: Final = 50
# What is there and is asked for once more, under another name: it may have 100 kB of text.
AGAIN: Final = 25
# Counted by the database, over all rows that fit.
COUNTS: Final = {"totalCount": 50, "unreadCount": 50}
# How many items lists without pages may have; a test names every list that is missing here.
LISTS: Final = {
    "ApiKey.ipRules": MOST_RULES,
    "Invoice.lines": MOST_LINES,
    "NotificationSettings.preferences": len(NotificationCategory),
    "Query.scopes": len(Scope),
    "WebhookDelivery.attempts": MOST_ATTEMPTS,
}


def most_items(coordinate: str) -> int:
    """How many items a list without pages may have, named as in Invoice.lines."""
    return LISTS.get(coordinate, MOST)


def is_found(definition: GraphQLField) -> bool:
    """Whether a resolver finds what the field shows, in place of its parent's having it."""
    marks = marks_of(definition)
    return SCOPE in marks or PUBLIC in marks


def is_list(definition: Any) -> bool:
    return f"{definition.type}".startswith("[")


def shown(definition: Any) -> GraphQLNamedType:
    # graphql-core leaves the parameters of its list and non-null types open.
    return cast("GraphQLNamedType", get_named_type(definition.type))
