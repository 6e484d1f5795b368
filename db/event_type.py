"""What can happen, by the names that webhooks are subscribed to."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from db.scope import Scope


class EventType(StrEnum):
    INVOICE_CREATED = "invoice.created"
    INVOICE_PAID = "invoice.paid"
    INVOICE_EXPIRED = "invoice.expired"
    INVOICE_VOIDED = "invoice.voided"
    PAYMENT_FAILED = "payment.failed"
    PAYMENT_UNRESOLVED = "payment.unresolved"
    PRODUCT_CREATED = "product.created"
    PRODUCT_UPDATED = "product.updated"
    PRODUCT_DELETED = "product.deleted"
    API_KEY_CREATED = "api_key.created"
    API_KEY_UPDATED = "api_key.updated"
    API_KEY_ROTATED = "api_key.rotated"
    API_KEY_REVOKED = "api_key.revoked"
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_TEST = "webhook.test"

    @property
    def read_scope(self) -> Scope | None:
        """What a caller needs to be sent it, or to read its payload; None where anybody may."""
        return READ_SCOPES[self.partition(".")[0]]


READ_SCOPES: dict[str, Scope | None] = {
    "invoice": Scope.INVOICES_READ,
    "payment": Scope.INVOICES_READ,
    "product": Scope.PRODUCTS_READ,
    "api_key": Scope.API_KEYS_READ,
    "webhook": None,
}


class Happened(NamedTuple):
    """One event: `data` is its subject, in the shape that the API shows it in."""

    type: EventType
    subject_id: str
    data: Mapping[str, Any]
