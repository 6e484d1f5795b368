"""All tables in one place, for migrations and for tests that empty them."""

from sqlmodel import SQLModel

from db import (
    api_key,
    api_key_notice,
    audit,
    delivery,
    event,
    host_secret,
    idempotency,
    invoice,
    invoice_line,
    mail,
    notification,
    notification_settings,
    organization,
    product,
    rate_budget,
    tally,
    trusted_document,
    webhook,
)

METADATA = SQLModel.metadata
MODULES = (
    api_key,
    api_key_notice,
    audit,
    delivery,
    event,
    host_secret,
    idempotency,
    invoice,
    invoice_line,
    mail,
    notification,
    notification_settings,
    organization,
    product,
    rate_budget,
    tally,
    trusted_document,
    webhook,
)
