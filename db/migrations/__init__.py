"""Migrations: forward only, each in a transaction of its own, so that a kill leaves no half."""

from pathlib import Path

from alembic import op

VERSIONS = Path(__file__).parent / "versions"


def run(name: str) -> None:
    """Run the statements of a file beside the migrations, which an empty line parts."""
    for statement in (VERSIONS / name).read_text().split(";\n\n"):
        op.get_bind().exec_driver_sql(statement)
