"""Reading API keys, and handing them out."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import strawberry

import db.api_key
import db.api_key_change as changes
import schema.api_key as shapes
from access.check import known_key
from access.grant import Reach, added_beyond, beyond
from access.issue import new_token
from access.networks import admits
from db import ids
from db.errors import LockoutRisk, NotFound
from db.page import Ask, Sorting
from db.scope import Scope
from resolvers.api_key_powers import changed_powers, details_of, new_powers, reach_of
from resolvers.giving import locked, must_be_within
from resolvers.paging import filters_of, shown
from schema.connection import After, Before, Connection, First, Last, Shown
from schema.context import Context, Info
from schema.guards import changing, guarded

PREFIX = db.api_key.ApiKey.PREFIX
NEWEST: Sorting[db.api_key.ApiKey] = Sorting()


class KeyPayload(NamedTuple):
    api_key: db.api_key.ApiKey


class TokenPayload(NamedTuple):
    api_key: db.api_key.ApiKey
    token: str


@strawberry.type
class ApiKeyQueries:
    @guarded(shapes.ApiKey | None, Scope.API_KEYS_READ)
    async def api_key(self, info: Info, id: strawberry.ID) -> db.api_key.ApiKey | None:
        context, key = info.context, ids.parsed(PREFIX, id)
        async with context.reading() as connection:
            owner = context.organization_id
            return await db.api_key.find(connection, owner, key, context.now)

    @guarded(Connection[shapes.ApiKey], Scope.API_KEYS_READ, "Newest first, revoked ones too.")
    async def api_keys(
        self,
        info: Info,
        *,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: shapes.ApiKeyFilter | None = None,
    ) -> Shown:
        owner, now, filters = info.context.organization_id, info.context.now, filters_of(filter)
        ask = Ask(first, after, last, before)
        return await shown(
            info.context,
            lambda connection: db.api_key.page(connection, owner, ask, filters, NEWEST, now=now),
            lambda connection: db.api_key.count(connection, owner, filters, now),
        )


@strawberry.type
class ApiKeyMutations:
    @changing(
        shapes.CreateApiKeyPayload | None,
        Scope.API_KEYS_CREATE,
        "A key that can do no more than its creator.",
    )
    async def create_api_key(self, info: Info, input: shapes.CreateApiKeyInput) -> TokenPayload:
        context = info.context
        token, kept = new_token(context.house.peppers)
        async with context.transaction() as connection:
            own, _ = await locked(context, connection, Scope.API_KEYS_CREATE)
            powers = new_powers(input, own, context.now)
            must_be_within(beyond(reach_of(powers), own.reach))
            key = await changes.create(
                connection, own.organization_id, context.origin, details_of(input), powers, kept
            )
        return TokenPayload(key, token.text)

    @changing(shapes.UpdateApiKeyPayload | None, Scope.API_KEYS_UPDATE)
    async def update_api_key(self, info: Info, input: shapes.UpdateApiKeyInput) -> KeyPayload:
        context, id = info.context, ids.parsed(PREFIX, input.id, "input.id")
        with forgetting(context, id):
            async with context.transaction() as connection:
                own, rows = await locked(context, connection, Scope.API_KEYS_UPDATE, id)
                stated = changed_powers(input, rows[id], context.now)
                before = known_key(rows[id]).reach
                after = reach_of({**dict(rows[id]), **stated})
                must_be_within(added_beyond(before, after, own.reach))
                if id == own.id:
                    must_not_lock_out(context, after)
                key = await changes.change(connection, context.origin, rows[id], stated)
        return KeyPayload(key)

    @changing(
        shapes.RotateApiKeyPayload | None,
        Scope.API_KEYS_UPDATE,
        "A new token for the same key. It is shown, so all that the key can do must lie within "
        "what the caller can do.",
    )
    async def rotate_api_key(self, info: Info, input: shapes.RotateApiKeyInput) -> TokenPayload:
        context, id = info.context, ids.parsed(PREFIX, input.id, "input.id")
        overlap = timedelta(seconds=shapes.a_day_unless_stated(input.overlap_seconds))
        with forgetting(context, id):
            async with context.transaction() as connection:
                own, rows = await locked(context, connection, Scope.API_KEYS_UPDATE, id)
                must_be_within(beyond(known_key(rows[id]).reach, own.reach))
                token, kept = new_token(context.house.peppers, rows[id].token_id)
                key = await changes.rotate(
                    connection, context.origin, rows[id], kept, context.now + overlap
                )
        return TokenPayload(key, token.text)

    @changing(
        shapes.DeleteApiKeyPayload | None,
        Scope.API_KEYS_DELETE,
        "Revokes at once and for good; the record stays for the log.",
    )
    async def delete_api_key(self, info: Info, input: shapes.DeleteApiKeyInput) -> KeyPayload:
        context, id = info.context, ids.parsed(PREFIX, input.id, "input.id")
        with forgetting(context, id):
            async with context.transaction() as connection:
                rows = await changes.lock(connection, context.organization_id, [id])
                if id not in rows:
                    raise NotFound("There is no such API key.")
                key = await changes.revoke(connection, context.origin, rows[id])
        return KeyPayload(key)


@contextmanager
def forgetting(context: Context, id: UUID) -> Generator[None]:
    """Forget what is known of the key, also where a change may or may not have come through."""
    try:
        yield
    finally:
        context.forget_key(id)


def must_not_lock_out(context: Context, after: Reach) -> None:
    address = context.caller.address
    if not admits(after.networks, address):
        raise LockoutRisk(
            f"With these rules this key could no longer be used from {address}, where it is used "
            "now. Include that address, or let another key change this one."
        )
