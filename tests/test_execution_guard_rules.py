"""The rules of the real schema: what its guards ask for, as a plan reads it."""

import pytest
from graphql import GraphQLField, GraphQLString

from db.scope import Scope
from execution.guard_rules import GuardRules
from resolvers.root import api

RULES = GuardRules()
SCHEMA = api._schema


def field(coordinate):
    on, name = coordinate.split(".")
    return SCHEMA.type_map[on].fields[name]


@pytest.mark.parametrize(
    ("coordinate", "scope"),
    [
        ("Query.products", Scope.PRODUCTS_READ),
        ("Query.viewer", None),
        ("Query.node", None),
        ("Mutation.rotateApiKey", Scope.API_KEYS_UPDATE),
        ("InvoiceLine.product", Scope.PRODUCTS_READ),
        ("Product.name", None),
    ],
)
def test_a_field_needs_the_scope_that_it_was_made_with(coordinate, scope):
    assert RULES.scope_of(field(coordinate)) is scope


def test_a_field_of_another_make_needs_nothing():
    assert RULES.scope_of(GraphQLField(GraphQLString)) is None
    assert RULES.id_argument(GraphQLField(GraphQLString)) is None


def test_the_id_of_node_alone_decides():
    deciding = [
        f"{type_.name}.{name}"
        for type_ in SCHEMA.type_map.values()
        for name, field in getattr(type_, "fields", {}).items()
        if RULES.id_argument(field)
    ]

    assert deciding == ["Query.node"]
    assert RULES.id_argument(field("Query.node")) == "id"


@pytest.mark.parametrize(
    ("id", "scope"),
    [
        ("key_1", Scope.API_KEYS_READ),
        ("inv_1", Scope.INVOICES_READ),
        ("prod_1", Scope.PRODUCTS_READ),
        ("org_1", None),
        ("mem_1", None),
        ("prod", None),
        ("", None),
        ("_", None),
        ("Prod_1", None),
        # The prefix ends at the last underscore, for the resolver too.
        ("prod_prod_1", None),
    ],
)
def test_an_id_needs_what_reads_its_type(id, scope):
    assert RULES.scope_of_id(id) is scope


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("ApiKey", Scope.API_KEYS_READ),
        ("Invoice", Scope.INVOICES_READ),
        ("Notification", Scope.NOTIFICATIONS_READ),
        ("Product", Scope.PRODUCTS_READ),
        ("Organization", None),
        ("Money", None),
    ],
)
def test_a_type_needs_what_reads_it(name, scope):
    assert RULES.scope_of_type(name) is scope


def test_what_a_notification_is_about_alone_leads_to_types_that_need_scopes_of_their_own():
    following = [
        f"{type_.name}.{name}"
        for type_ in SCHEMA.type_map.values()
        for name, field in getattr(type_, "fields", {}).items()
        if RULES.follows_types(field)
    ]

    assert following == ["Notification.subject"]
