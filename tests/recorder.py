"""Sees every statement that runs in a test, and finds those that could show another's rows."""

import re
from typing import Any

from db.tables import METADATA

# What belongs to one organization is never touched without naming it.
OWNED = sorted(t.name for t in METADATA.tables.values() if "organization_id" in t.columns)
NAMES_OWNER = re.compile(r"\borganization_id = \$\d+", re.IGNORECASE)
# Wherever a table is named: after FROM and JOIN, and beside others after a comma.
TOUCHES = re.compile(rf"(?<!')\b({'|'.join(OWNED)})\b", re.IGNORECASE)
# The exceptions, each with its reason.
ALLOWED = {
    "WHERE api_key.token_id = $1": "a token is all that is known of its organization",
    "SELECT api_key.pepper_version": "whether there are keys at all, before peppers are made",
    "WHERE api_key.organization_id = organization.id": "an operator names a key by its id alone",
    "WHERE invoice.state = 'OPEN' AND invoice.expires_at <=": "the sweeper serves everybody",
}


class Recorder:
    """The statements of one test."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def __call__(self, logged: Any) -> None:
        self.statements.append(logged.query)

    @property
    def offences(self) -> list[str]:
        return [statement for statement in self.statements if is_offence(statement)]


def is_offence(statement: str) -> bool:
    """Whether it touches owned rows and doesn't bind each of their tables to the owner.

    A table is bound by its own column, which is compared with the owner or another table's.
    """
    tables = set(TOUCHES.findall(statement))
    if not tables or any(part in statement for part in ALLOWED):
        return False
    if statement.startswith("INSERT INTO"):
        return "organization_id" not in statement.partition(")")[0]
    bound = len(tables) == 1 or all(is_bound(table, statement) for table in tables)
    return not (bound and NAMES_OWNER.search(statement))


def is_bound(table: str, statement: str) -> bool:
    column = rf"\b{table}\.organization_id"
    return re.search(rf"{column} =|= {column}\b", statement) is not None
