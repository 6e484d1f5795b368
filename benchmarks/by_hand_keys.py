"""The check of a key as a careful hand writes it, which the peers do in the same way."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any, NamedTuple
from uuid import UUID

from aiohttp import web

from access.networks import Rules
from access.token import parse
from benchmarks import parts
from db.scope import Scope

KEPT = timedelta(seconds=10)
MOST_KNOWN = 10_000
BY_TOKEN = """
SELECT organization_id, full_access, granted, digest, pepper_version, expires_at,
  ARRAY(SELECT rule->>'cidr' FROM jsonb_array_elements(rules) AS rule)
FROM api_key
WHERE token_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"""


class Stored(NamedTuple):
    """A key that works, as the table has it."""

    organization_id: UUID
    full_access: bool
    granted: Sequence[str]
    digest: bytes
    pepper_version: int
    expires_at: datetime | None
    networks: Sequence[str]


Find = Callable[[str], Awaitable[Stored | None]]


class Known(NamedTuple):
    organization_id: UUID
    scopes: frozenset[str]
    rules: Rules | None
    until: datetime


class Keys:
    """Checks by form and checksum, one look into the table and the digest; then by memory.

    What is known is found by a hash, so that no token stays in memory.
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._known: dict[bytes, Known] = {}

    async def organization(self, request: web.BaseRequest, scope: Scope) -> UUID:
        """Of a caller who may do this; raises aiohttp's refusals."""
        known = await self.caller(request)
        if scope not in known.scopes:
            raise web.HTTPForbidden
        return known.organization_id

    async def caller(self, request: web.BaseRequest) -> Known:
        header = request.headers.get("Authorization", "")
        mark = hashlib.blake2b(header.encode(), digest_size=16).digest()
        now = parts.now()
        known = self._known.get(mark)
        if known is None or known.until <= now:
            known = await self._checked(header, mark, now)
        if known.rules and not known.rules.admits(ip_address(request.remote or "")):
            raise web.HTTPForbidden
        return known

    async def _checked(self, header: str, mark: bytes, now: datetime) -> Known:
        scheme, _, text = header.partition(" ")
        token = parse(text)
        row = await self._find(token.id) if token and scheme == "Bearer" else None
        if not row or not token:
            raise web.HTTPUnauthorized
        if not parts.PEPPERS.matches(token.secret, row.pepper_version, row.digest):
            raise web.HTTPUnauthorized
        if len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        known = self._known[mark] = _known(row, now + KEPT)
        return known


def _known(row: Stored, until: datetime) -> Known:
    scopes = frozenset(Scope) if row.full_access else frozenset(row.granted)
    networks = frozenset(ip_network(cidr) for cidr in row.networks)
    ends = min(until, row.expires_at or until)
    return Known(row.organization_id, scopes, Rules(networks) if networks else None, ends)


def finder(pool: Any) -> Find:
    """Keys by asyncpg."""

    async def find(token_id: str) -> Stored | None:
        row = await pool.fetchrow(BY_TOKEN, token_id)
        return row and Stored(*row)

    return find
