"""What a pooler between this process and the database does to sessions, found out at the start."""

import secrets
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from db.database import SESSION, SETTINGS, connect

# Poolers hand these on from each client; of others they know nothing, and refuse the connection.
HANDED_ON: Final = ("application_name", "timezone")
OURS: Final = "SELECT pg_backend_pid()"
KNOWN: Final = "SELECT EXISTS (SELECT FROM pg_prepared_statements WHERE name = $1)"
CURRENT: Final = "SELECT name, current_setting(name) FROM unnest($1::text[]) AS name"


class Pooler(NamedTuple):
    """`lacking` has the settings that its connections to the database don't have as we need."""

    keeps_statements: bool
    lacking: dict[str, str]


def session_of(pooler: Pooler | None) -> Mapping[str, Any]:
    """How connections are made through it, or without one."""
    if pooler is None:
        return SESSION
    settings = {name: SETTINGS[name] for name in HANDED_ON}
    if pooler.keeps_statements:
        return {"server_settings": settings}
    return {"server_settings": settings, "statement_cache_size": 0}


async def look(url: str, *, keeps_sessions: bool) -> Pooler | None:
    """None where the URL leads to the server itself.

    `keeps_sessions` is known of it where it hears what others announce: then one client has one
    connection to the database for itself.
    """
    # A pooler doesn't know yet what it should know of settings, and may lose statements.
    connection = await connect(url, statement_cache_size=0)
    try:
        # Poolers tell their clients a number of their own for the backend.
        if await connection.fetchval(OURS) == connection.get_server_pid():
            return None
        keeps = keeps_sessions or await _keeps_statements(connection)
        needed = {name: value for name, value in SETTINGS.items() if name not in HANDED_ON}
        rows = await connection.fetch(CURRENT, list(needed))
        lacking = {name: needed[name] for name, value in rows if value != needed[name]}
        return Pooler(keeps, lacking)
    finally:
        connection.terminate()


async def _keeps_statements(connection: Any) -> bool:
    """Whether a prepared statement is there on whichever connection a transaction comes to.

    A pooler that sees to that gives it a name of its own.
    """
    name = f"tollhouse_{secrets.token_hex(8)}"
    async with connection.transaction():
        # It is closed once nothing refers to it any more.
        statement = await connection.prepare("SELECT 1", name=name)
        is_as_it_was = await connection.fetchval(KNOWN, statement.get_name())
        if is_as_it_was:
            await connection.execute(f'DEALLOCATE "{name}"')
    return not is_as_it_was
