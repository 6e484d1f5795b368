"""Sees every statement that runs in a test, and finds those that could show another's rows."""

import re
from typing import Any

from db.tables import METADATA

# What belongs to one organization is never touched without naming it.
OWNED = sorted(t.name for t in METADATA.tables.values() if "organization_id" in t.columns)
NAMES_OWNER = re.compile(r"organization_id = \$\d+")
TOUCHES = re.compile(rf"\b(?:FROM|JOIN|UPDATE|INTO) ({'|'.join(OWNED)})\b")
# The exceptions, each with its reason.
ALLOWED = {
    "WHERE api_key.token_id = $1": "a token is all that is known of its organization",
    "SELECT api_key.pepper_version": "whether there are keys at all, before peppers are made",
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
    if not TOUCHES.search(statement):
        return False
    if statement.startswith("INSERT INTO"):
        return "organization_id" not in statement.partition(")")[0]
    return not NAMES_OWNER.search(statement) and not any(part in statement for part in ALLOWED)
