"""What only the operator may ask: finders that no organization bounds."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam

from db.api_key import TABLE as KEYS
from db.organization import Organization
from db.statement import Connection, statement, table_of

ORGANIZATIONS = table_of(Organization)
# By way of the organizations, so that its cost doesn't grow with the number of keys.
OWNER = statement(
    sa.select(ORGANIZATIONS.c.id).where(
        sa.exists().where(
            KEYS.c.organization_id == ORGANIZATIONS.c.id, KEYS.c.id == bindparam("id")
        )
    )
)


async def find_owner_of_key(connection: Connection, id: UUID) -> UUID | None:
    """The organization that has the key."""
    return await OWNER.value(connection, id=id)
