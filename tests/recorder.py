"""Sees every statement that runs in a test, and finds those that could show another's rows."""

import re
from typing import Any

from db.tables import METADATA

# What belongs to one organization is never touched without naming it.
OWNED = sorted(t.name for t in METADATA.tables.values() if "organization_id" in t.columns)
NAMES_OWNER = re.compile(r"\borganization_id = \$\d+", re.IGNORECASE)
# Wherever a table is named: after FROM and JOIN, and beside others after a comma.
TOUCHES = re.compile(rf"(?<!')\b({'|'.join(OWNED)})\b", re.IGNORECASE)
ADDS_TO = re.compile(r"\bINSERT INTO (\w+)\s*\(([^)]*)\)")
# The exceptions, each with its reason.
ALLOWED = {
    "WHERE api_key.token_id = $1": "a token is all that is known of its organization",
    "SELECT api_key.pepper_version": "whether there are keys at all, before peppers are made",
    "SELECT webhook.status \nFROM webhook \n LIMIT": "the same, before encryption keys are made",
    "WHERE api_key.organization_id = organization.id": "an operator names a key by its id alone",
    "WHERE invoice.state = 'OPEN' AND invoice.expires_at <=": "the sweeper serves everybody",
    "WHERE mail.status = 'PENDING' AND mail.next_attempt_at <=": "whoever's is due is sent",
    "WHERE mail.status = 'PENDING' AND mail.created_at <": "what is late is given up, whoever's",
    "WHERE mail.status != 'PENDING'": "what ended long ago is removed, whoever's it was",
    "FROM webhook_recovery ORDER BY random()": "a worker goes on with anybody's",
    "WHERE revoked_at IS NULL AND expires_at >": "who tells of expiring keys serves everybody",
    "WITH RECURSIVE lane AS": "a worker serves everybody",
    "AS left_over (organization_id": "each lane that is let go of names its organization",
    "AS lane (organization_id, webhook_id, room, since)": "each names its owner; rows join it",
    "AS quiet (organization_id": "each lane names its organization, and rows join it",
    "api_key_id, key, path FROM idempotency_record": "what a day has passed for is removed",
    "DELETE FROM rate_budget WHERE rate_budget.full_at <": "whoever owes nothing is forgotten",
    "WITH outcome AS": "each outcome names its organization, and rows join it",
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

    A table is bound by its own column, which is compared with the owner or another table's; one
    that only gets rows, by their naming the owner.
    """
    tables = set(TOUCHES.findall(statement)) - only_added_to(statement)
    if not tables or any(part in statement for part in ALLOWED):
        return False
    if any(table in OWNED and not owned for table, owned in added(statement)):
        return True
    bound = len(tables) == 1 or all(is_bound(table, statement) for table in tables)
    return not (bound and NAMES_OWNER.search(statement))


def is_bound(table: str, statement: str) -> bool:
    column = rf"\b{table}\.organization_id"
    return re.search(rf"{column} =|= {column}\b", statement) is not None


def added(statement: str) -> list[tuple[str, bool]]:
    """The tables that get new rows, and whether these name their owner."""
    found = ADDS_TO.findall(statement)
    return [(table, "organization_id" in re.split(r"\W+", columns)) for table, columns in found]


def only_added_to(statement: str) -> set[str]:
    """The tables whose new rows name their owner, and whose other rows aren't read or changed."""
    others = r"\b(FROM|JOIN|UPDATE|USING)\s+{0}\b|,\s*{0}\b(?!\.)"
    return {
        table
        for table, owned in added(statement)
        if owned and not re.search(others.format(table), statement, re.IGNORECASE)
    }
