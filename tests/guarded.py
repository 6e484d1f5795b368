"""A schema for the tests of plans, in which each guarded field asks for a scope of its own."""

from collections.abc import Mapping

from graphql import (
    DocumentNode,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    build_schema,
    get_named_type,
    is_composite_type,
)

from db.scope import Scope
from execution.plan import Plan, compile_plan, find_operation


def lavish_schema(sdl: str) -> GraphQLSchema:
    """Build a schema in which all objects come in lists, so that one run shows every type."""
    schema = build_schema(sdl)
    for type_ in schema.type_map.values():
        if type_.name.startswith("__"):
            continue
        for field in getattr(type_, "fields", {}).values():
            named = get_named_type(field.type)
            if is_composite_type(named):
                field.type = GraphQLNonNull(GraphQLList(GraphQLNonNull(named)))
    return schema


class DirectiveRules:
    """Rules read from directives in the SDL: @requires(scope:), @byId and @byType."""

    def __init__(self, prefixes: Mapping[str, Scope], types: Mapping[str, Scope]) -> None:
        self.prefixes, self.types = prefixes, types

    def scope_of(self, field: GraphQLField) -> Scope | None:
        for directive in field.ast_node.directives or ():
            if directive.name.value == "requires":
                return Scope[directive.arguments[0].value.value]
        return None

    def id_argument(self, field: GraphQLField) -> str | None:
        return "id" if self._marked(field, "byId") else None

    def scope_of_id(self, id: str) -> Scope | None:
        return self.prefixes.get(id.split("_", maxsplit=1)[0])

    def follows_types(self, field: GraphQLField) -> bool:
        return self._marked(field, "byType")

    def scope_of_type(self, name: str) -> Scope | None:
        return self.types.get(name)

    def _marked(self, field: GraphQLField, name: str) -> bool:
        return any(directive.name.value == name for directive in field.ast_node.directives or ())


SCHEMA = lavish_schema("""
  directive @requires(scope: String!) on FIELD_DEFINITION
  directive @byId on FIELD_DEFINITION
  directive @byType on FIELD_DEFINITION

  interface Node { id: ID! }
  interface Titled { title: String about: Titled maker: Node }
  union Thing = Product | Invoice | Member

  type Product implements Node & Titled {
    id: ID!
    title: String
    about: Product @requires(scope: PRODUCTS_UPDATE)
    maker: Node
    invoices: Invoice @requires(scope: INVOICES_CREATE)
    secret: String @requires(scope: PRODUCTS_DELETE)
  }
  type Invoice implements Node & Titled {
    id: ID!
    title: String @requires(scope: API_KEYS_CREATE)
    about: Titled
    maker: Notice
    product(id: ID): Product @requires(scope: PRODUCTS_CREATE)
  }
  type Notice implements Node {
    id: ID!
    text: String @requires(scope: API_KEYS_UPDATE)
    subject: Node @byType
    things: Thing @byType @requires(scope: API_KEYS_DELETE)
  }
  type Member {
    name: String @requires(scope: API_KEYS_READ)
    notices: Notice
    orders: [Order!]
  }
  enum Order { NEWEST OLDEST }
  input Range { first: Int! last: Int }
  input Filter { ids: [ID!] order: Order range: Range text: String! }

  type Query {
    node(id: ID!): Node @byId
    products: Product @requires(scope: PRODUCTS_READ)
    invoices(first: Int = 3, filter: Filter): Invoice @requires(scope: INVOICES_READ)
    titled: Titled
    thing: Thing @requires(scope: WEBHOOKS_UPDATE)
    member: Member
    notice: Notice
  }
  type Mutation {
    createProduct(filters: [Filter!]): Product @requires(scope: NOTIFICATIONS_UPDATE)
    touch(id: ID!): Node @byId @requires(scope: NOTIFICATIONS_READ)
  }
  type Subscription { noticed: Notice @requires(scope: NOTIFICATIONS_SETTINGS_READ) }
""")
RULES = DirectiveRules(
    prefixes={
        "prod": Scope.WEBHOOKS_READ,
        "inv": Scope.WEBHOOKS_CREATE,
        "7": Scope.WEBHOOKS_DELETE,
    },
    types={
        "Product": Scope.WEBHOOKS_QUEUE_READ,
        "Invoice": Scope.WEBHOOKS_QUEUE_UPDATE,
        "Notice": Scope.NOTIFICATIONS_SETTINGS_UPDATE,
    },
)
IDS = ("prod_1", "inv_1", "other_1", 7)


def planned(document: DocumentNode, operation: str | None = None) -> Plan:
    return compile_plan(SCHEMA, document, find_operation(document, operation), RULES)
