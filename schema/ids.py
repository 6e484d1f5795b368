"""Ids of certain types as inputs take them: a wrong one is told with all else that is wrong."""

from typing import Annotated, TypeAlias

import strawberry
from pydantic import AfterValidator

from db import ids
from db.api_key import ApiKey
from db.delivery import WebhookDelivery
from db.errors import InvalidInput
from db.notification import Notification
from db.product import Product
from db.webhook import Webhook


def of_type(prefix: str) -> AfterValidator:
    """The check for ids with this prefix; what they lead to is for the resolver."""

    def checked(text: str) -> str:
        try:
            ids.parsed(prefix, text)
        except InvalidInput as wrong:
            [fault] = wrong.faults
            raise ValueError(fault.message) from None
        return text

    return AfterValidator(checked)


ApiKeyId: TypeAlias = Annotated[strawberry.ID, of_type(ApiKey.PREFIX)]
DeliveryId: TypeAlias = Annotated[strawberry.ID, of_type(WebhookDelivery.PREFIX)]
NotificationId: TypeAlias = Annotated[strawberry.ID, of_type(Notification.PREFIX)]
ProductId: TypeAlias = Annotated[strawberry.ID, of_type(Product.PREFIX)]
WebhookId: TypeAlias = Annotated[strawberry.ID, of_type(Webhook.PREFIX)]
