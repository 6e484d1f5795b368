"""The whole API on one page."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.api_key import ApiKeyMutations, ApiKeyQueries
from resolvers.invoice import InvoiceMutations, InvoiceQueries
from resolvers.product import ProductMutations, ProductQueries
from resolvers.viewer import ViewerQueries
from schema.scalars import SCALARS
from schema.walk import must_be_guarded


@strawberry.type
class Query(ViewerQueries, ApiKeyQueries, ProductQueries, InvoiceQueries): ...


@strawberry.type
class Mutation(ApiKeyMutations, ProductMutations, InvoiceMutations): ...


api = strawberry.Schema(Query, Mutation, config=StrawberryConfig(scalar_map=SCALARS))
must_be_guarded(api)
