"""Ids of certain types as inputs take them: a wrong one is told with all else that is wrong."""

from typing import Annotated, TypeAlias

import strawberry
from pydantic import AfterValidator

from db import ids
from db.api_key import ApiKey
from db.delivery import WebhookDelivery
from db.notification import Notification
from db.product import Product
from db.webhook import Webhook


def of_type(prefix: str) -> AfterValidator:
    """The check for ids with this prefix; what they lead to is for the resolver."""
    # A fifth of the time that parsing takes, which the resolver does once more.
    fits = ids.form(prefix).fullmatch

    def checked(text: str) -> str:
        if not fits(text):
            raise ValueError(ids.unlike(prefix))
        return text

    return AfterValidator(checked)


ApiKeyId: TypeAlias = Annotated[strawberry.ID, of_type(ApiKey.PREFIX)]
DeliveryId: TypeAlias = Annotated[strawberry.ID, of_type(WebhookDelivery.PREFIX)]
NotificationId: TypeAlias = Annotated[strawberry.ID, of_type(Notification.PREFIX)]
ProductId: TypeAlias = Annotated[strawberry.ID, of_type(Product.PREFIX)]
WebhookId: TypeAlias = Annotated[strawberry.ID, of_type(Webhook.PREFIX)]
