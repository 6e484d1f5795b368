"""Which scope reads the objects of each type: for ids, and for fragments that name types."""

from typing import NamedTuple

from db.api_key import ApiKey
from db.delivery import WebhookDelivery
from db.invoice import Invoice
from db.notification import Notification
from db.organization import Organization
from db.product import Product
from db.scope import Scope
from db.webhook import Webhook


class Kind(NamedTuple):
    """A type with an id; no scope means that every known caller may read it."""

    noun: str
    scope: Scope | None


# What the prefix of an id tells. Members are no key's business: their ids are null to keys.
KINDS: dict[str, Kind] = {
    ApiKey.PREFIX: Kind(ApiKey.NOUN, Scope.API_KEYS_READ),
    Invoice.PREFIX: Kind(Invoice.NOUN, Scope.INVOICES_READ),
    Notification.PREFIX: Kind(Notification.NOUN, Scope.NOTIFICATIONS_READ),
    Organization.PREFIX: Kind(Organization.NOUN, None),
    Product.PREFIX: Kind(Product.NOUN, Scope.PRODUCTS_READ),
    Webhook.PREFIX: Kind(Webhook.NOUN, Scope.WEBHOOKS_READ),
    WebhookDelivery.PREFIX: Kind(WebhookDelivery.NOUN, Scope.WEBHOOKS_QUEUE_READ),
    "mem": Kind("Member", None),
}
BY_NOUN: dict[str, Scope | None] = {kind.noun: kind.scope for kind in KINDS.values()}
