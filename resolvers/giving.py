"""The rule of giving, applied to what the database holds now: nobody gives more than they have."""

from uuid import UUID

from access.caller import KnownKey
from access.check import known_key
from access.errors import MissingScope
from access.grant import Beyond
from db.api_key import ApiKey
from db.api_key_change import lock
from db.errors import Forbidden, NotFound
from db.scope import Scope
from db.statement import Connection
from schema.context import Context


async def locked(
    context: Context, connection: Connection, scope: Scope, target: UUID | None = None
) -> tuple[KnownKey, dict[UUID, ApiKey]]:
    """The caller's key as it is now, and the locked rows of it and of the target.

    What the caller was let in by may be seconds old; what it gives must rest on what it has.
    Raises Forbidden, MissingScope, or NotFound where the target isn't there.
    """
    own_id = context.caller.key.id
    wanted = {own_id, target} - {None}
    rows = await lock(connection, context.organization_id, [id for id in wanted if id is not None])
    own_row = rows.get(own_id)
    ended = own_row is None or own_row.revoked_at is not None
    if own_row is None or ended or _is_over(own_row, context):
        raise Forbidden("The API key that asks has ended meanwhile.")
    if target is not None and target not in rows:
        raise NotFound("There is no such API key.")
    own = known_key(own_row)
    if scope not in own.scopes:
        raise MissingScope.at("This change", scope)
    return own, rows


def _is_over(row: ApiKey, context: Context) -> bool:
    return row.expires_at is not None and row.expires_at <= context.now


def must_be_within(beyond: Beyond) -> None:
    if beyond:
        raise Forbidden(beyond.sentence, beyond.details)
