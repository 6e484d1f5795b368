"""Which organization a command is about."""

from uuid import UUID

from cli.invocation import hint
from db import ids, organization
from db.errors import InvalidInput, NotFound, Refused
from db.organization import FORM, Organization
from db.statement import Connection

SHOWN = 10


class Unclear(Refused):
    """The command doesn't say which organization is meant."""


async def choose(connection: Connection, named: str | None) -> Organization:
    """The organization with this id or slug; where none is named, the only one that there is."""
    if named is not None:
        return await _find(connection, named)
    everyone = await organization.everyone(connection)
    if len(everyone) == 1:
        return everyone[0]
    if not everyone:
        command = hint("organizations create NAME")
        raise NotFound(f"There is no organization yet. Run: {command}")
    slugs = [one.slug for one in everyone[:SHOWN]]
    more = f" and {len(everyone) - SHOWN} more" if len(everyone) > SHOWN else ""
    raise Unclear(f"Say which organization with --organization: {', '.join(slugs)}{more}.")


async def _find(connection: Connection, named: str) -> Organization:
    found = None
    if (id := _as_id(named)) is not None:
        found = await organization.find(connection, id)
    elif FORM.fullmatch(named):
        found = await organization.find_by_slug(connection, named)
    if found is None:
        command = hint("organizations list")
        raise NotFound(f"There is no organization {named!r}. Run: {command}")
    return found


def _as_id(named: str) -> UUID | None:
    try:
        return ids.parsed(Organization.PREFIX, named)
    except InvalidInput:
        return None
