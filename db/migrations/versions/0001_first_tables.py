"""The first tables: organizations, keys, products, invoices, the audit trail."""

from db.migrations import run

revision = "0001"
down_revision = None


def upgrade() -> None:
    run("0001_first_tables.sql")
