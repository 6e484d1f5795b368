"""Webhooks with their queue, events, notifications, and mail."""

from db.migrations import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    run("0003_webhooks.sql")
