"""All tables in one place, for migrations and for tests that empty them."""

from sqlmodel import SQLModel

from db import api_key, audit, host_secret, invoice, organization, product, tally

METADATA = SQLModel.metadata
MODULES = (api_key, audit, host_secret, invoice, organization, product, tally)
