"""Processes that keep rows of organizations in memory hear of every change of one."""

from db.migrations import run

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    run("0006_organization_changes.sql")
