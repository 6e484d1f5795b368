"""What changes an API key: each with its audit entry and event, in the caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import bindparam

from db import audit, event_data, ids, tally
from db.actor import Origin
from db.api_key import TABLE, ApiKey, Details, find
from db.created import created_by
from db.errors import Conflict
from db.event import announce
from db.event_type import EventType, Happened
from db.statement import Connection, Statement, inserts, statement, updates
from db.token import NewToken

LOCKED = Statement(
    sa.select(TABLE)
    .where(
        TABLE.c.organization_id == bindparam("organization_id"),
        TABLE.c.id == sa.any_(bindparam("ids", type_=sa.ARRAY(sa.Uuid))),
    )
    .order_by(TABLE.c.id)
    .with_for_update(key_share=True),
    ApiKey,
)
INSERT = statement(inserts(ApiKey))
CHANGE = Statement(updates(ApiKey), ApiKey)


def rules_from(
    wanted: Sequence[tuple[str, str | None]],
    now: datetime,
    before: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Rules as a key keeps them, from canonical networks and notes, each network once.

    A rule that was there before, with the same note, keeps its id and its age.
    """
    kept = {(rule["cidr"], rule["note"]): dict(rule) for rule in before}
    rules: dict[str, dict[str, Any]] = {}
    for cidr, note in wanted:
        fresh = {"id": ids.new_uuid(now), "cidr": cidr, "note": note, "created_at": now}
        rules[cidr] = kept.get((cidr, note), fresh)
    return list(rules.values())


async def create(  # the sides of a key
    connection: Connection,
    organization_id: UUID,
    origin: Origin,
    details: Details,
    powers: Mapping[str, Any],
    token: NewToken,
) -> ApiKey:
    """A new key; `powers` are its full_access, granted, rules and expires_at."""
    now = origin.now
    key = ApiKey(
        organization_id=organization_id,
        id=ids.new_uuid(now),
        created_at=now,
        updated_at=now,
        token_id=token.id,
        **token.columns(now),
        **created_by(origin.actor),
        **details.model_dump(),
        **powers,
    )
    await INSERT.run(connection, **key.model_dump())
    await tally.add(connection, organization_id, "api_key", 1)
    return await _told(connection, origin, EventType.API_KEY_CREATED, key, _shown(powers))


async def lock(
    connection: Connection, organization_id: UUID, ids: Collection[UUID]
) -> dict[UUID, ApiKey]:
    """The keys that are there, locked until the transaction ends.

    In the order of ids, so that keys which change one another can't wait for each other.
    """
    rows = await LOCKED.all(connection, organization_id=organization_id, ids=list(ids))
    return {row.id: row for row in rows}


async def change(
    connection: Connection, origin: Origin, key: ApiKey, stated: Mapping[str, Any]
) -> ApiKey:
    """The locked key with what is stated in place of what was; Conflict once it is revoked."""
    _must_live(key)
    await _written(connection, key, stated, origin.now)
    return await _told(connection, origin, EventType.API_KEY_UPDATED, key, _shown(stated))


async def rotate(
    connection: Connection, origin: Origin, key: ApiKey, token: NewToken, overlap_ends: datetime
) -> ApiKey:
    """The locked key with a new token; the present one works until `overlap_ends`.

    An overlap that is still running ends: a key has two tokens at most.
    """
    _must_live(key)
    overlaps = overlap_ends > origin.now
    previous = {
        "previous_digest": key.digest if overlaps else None,
        "previous_pepper_version": key.pepper_version if overlaps else None,
        "previous_token_expires_at": overlap_ends if overlaps else None,
    }
    await _written(connection, key, {**token.columns(origin.now), **previous}, origin.now)
    shown = {"previous_token_expires_at": overlap_ends if overlaps else None}
    return await _told(connection, origin, EventType.API_KEY_ROTATED, key, shown)


async def revoke(connection: Connection, origin: Origin, key: ApiKey) -> ApiKey:
    """End the locked key for good, the record stays; ending it again changes nothing."""
    if key.revoked_at is not None:
        return await _shown_key(connection, key, origin.now)
    stated = {
        "revoked_at": origin.now,
        "previous_digest": None,
        "previous_pepper_version": None,
        "previous_token_expires_at": None,
    }
    await _written(connection, key, stated, origin.now)
    return await _told(connection, origin, EventType.API_KEY_REVOKED, key, {})


def _must_live(key: ApiKey) -> None:
    if key.revoked_at is not None:
        raise Conflict("The API key is revoked, and a revoked key can't be changed.")


async def _written(
    connection: Connection, key: Any, stated: Mapping[str, Any], now: datetime
) -> None:
    await CHANGE.run(connection, **{**key, **stated, "updated_at": now})


async def _told(
    connection: Connection,
    origin: Origin,
    type_: EventType,
    key: ApiKey,
    changes: dict[str, Any],
) -> ApiKey:
    """The key as it is now, after its change was written into the audit trail and announced."""
    owner, id = key.organization_id, key.typeid
    await audit.record(connection, owner, origin, type_, id, changes)
    shown = await _shown_key(connection, key, origin.now)
    await announce(connection, owner, origin, Happened(type_, id, event_data.api_key(shown)))
    return shown


def _shown(stated: Mapping[str, Any]) -> dict[str, Any]:
    """Changes as the audit trail keeps them; rules by their networks."""
    shown = dict(stated)
    if "rules" in shown:
        shown["rules"] = [rule["cidr"] for rule in shown["rules"]]
    return shown


async def _shown_key(connection: Connection, key: ApiKey, now: datetime) -> ApiKey:
    shown = await find(connection, key.organization_id, key.id, now)
    assert shown is not None, "a key that was just written is there"
    return shown
