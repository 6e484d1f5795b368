"""The 20 permissions that a key can hold."""

from enum import StrEnum


class Scope(StrEnum):
    INVOICES_CREATE = "invoices.create"
    INVOICES_READ = "invoices.read"
    PRODUCTS_CREATE = "products.create"
    PRODUCTS_READ = "products.read"
    PRODUCTS_UPDATE = "products.update"
    PRODUCTS_DELETE = "products.delete"
    API_KEYS_CREATE = "api_keys.create"
    API_KEYS_UPDATE = "api_keys.update"
    API_KEYS_DELETE = "api_keys.delete"
    API_KEYS_READ = "api_keys.read"
    WEBHOOKS_CREATE = "webhooks.create"
    WEBHOOKS_READ = "webhooks.read"
    WEBHOOKS_UPDATE = "webhooks.update"
    WEBHOOKS_DELETE = "webhooks.delete"
    WEBHOOKS_QUEUE_READ = "webhooks_queue.read"
    WEBHOOKS_QUEUE_UPDATE = "webhooks_queue.update"
    NOTIFICATIONS_READ = "notifications.read"
    NOTIFICATIONS_UPDATE = "notifications.update"
    NOTIFICATIONS_SETTINGS_READ = "notifications_settings.read"
    NOTIFICATIONS_SETTINGS_UPDATE = "notifications_settings.update"

    # Equal texts have equal hashes then, and an enum's own hash is made in Python.
    __hash__ = str.__hash__


ALL_SCOPES = frozenset(Scope)

DESCRIPTIONS: dict[Scope, str] = {
    Scope.INVOICES_CREATE: "Create invoices.",
    Scope.INVOICES_READ: "Read invoices, their lines and payments.",
    Scope.PRODUCTS_CREATE: "Create products.",
    Scope.PRODUCTS_READ: "Read products.",
    Scope.PRODUCTS_UPDATE: "Change products.",
    Scope.PRODUCTS_DELETE: "Delete products.",
    Scope.API_KEYS_CREATE: "Create API keys, with no more than the caller has.",
    Scope.API_KEYS_UPDATE: "Change and rotate API keys.",
    Scope.API_KEYS_DELETE: "Revoke API keys.",
    Scope.API_KEYS_READ: "Read API keys; never their secrets.",
    Scope.WEBHOOKS_CREATE: "Create webhooks.",
    Scope.WEBHOOKS_READ: "Read webhooks.",
    Scope.WEBHOOKS_UPDATE: "Change, test and re-key webhooks.",
    Scope.WEBHOOKS_DELETE: "Delete webhooks.",
    Scope.WEBHOOKS_QUEUE_READ: "Read the queue of webhook deliveries.",
    Scope.WEBHOOKS_QUEUE_UPDATE: "Retry and cancel webhook deliveries.",
    Scope.NOTIFICATIONS_READ: "Read notifications.",
    Scope.NOTIFICATIONS_UPDATE: "Mark notifications as read or archived.",
    Scope.NOTIFICATIONS_SETTINGS_READ: "Read how notifications reach the organization.",
    Scope.NOTIFICATIONS_SETTINGS_UPDATE: "Change how notifications reach the organization.",
}
