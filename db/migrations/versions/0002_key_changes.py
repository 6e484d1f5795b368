"""Changes of keys are announced, so that no process goes on with what it knew before."""

from db.migrations import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run("0002_key_changes.sql")
