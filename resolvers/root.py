"""The whole API on one page."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.api_key import ApiKeyMutations, ApiKeyQueries
from resolvers.invoice import InvoiceMutations, InvoiceQueries
from resolvers.notification import NotificationMutations, NotificationQueries
from resolvers.notification_settings import (
    NotificationSettingsMutations,
    NotificationSettingsQueries,
)
from resolvers.product import ProductMutations, ProductQueries
from resolvers.subscription import Subscription
from resolvers.viewer import ViewerQueries
from resolvers.webhook import WebhookMutations, WebhookQueries
from resolvers.webhook_delivery import WebhookDeliveryMutations, WebhookDeliveryQueries
from schema.scalars import SCALARS
from schema.walk import must_be_guarded


@strawberry.type
class Query(
    ViewerQueries,
    ApiKeyQueries,
    ProductQueries,
    InvoiceQueries,
    NotificationQueries,
    NotificationSettingsQueries,
    WebhookQueries,
    WebhookDeliveryQueries,
): ...


@strawberry.type
class Mutation(
    ApiKeyMutations,
    ProductMutations,
    InvoiceMutations,
    NotificationMutations,
    NotificationSettingsMutations,
    WebhookMutations,
    WebhookDeliveryMutations,
): ...


api = strawberry.Schema(Query, Mutation, Subscription, config=StrawberryConfig(scalar_map=SCALARS))
must_be_guarded(api)
