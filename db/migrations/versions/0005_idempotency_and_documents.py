"""What came of requests that may come again, and documents that an operator trusts."""

from db.migrations import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    run("0005_idempotency_and_documents.sql")
