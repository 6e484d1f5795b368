"""What keys have spent of their rate limits, shared by all processes."""

from db.migrations import run

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    run("0004_rate_budgets.sql")
