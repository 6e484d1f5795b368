"""The check of a key: from a token to the caller it makes, or a refusal."""

import math
from collections.abc import Awaitable, Callable
from datetime import datetime
from ipaddress import ip_network
from typing import Any, Final

from access.cache import KeyCache
from access.caller import Caller, KnownKey
from access.errors import IpNotAllowed, RateLimited, Unauthenticated
from access.networks import Address, Rules
from access.pepper import Peppers
from access.throttle import Throttle, source_of
from access.token import Token, may_be_token, parse
from access.turns import Turns
from db.actor import Actor, ActorKind
from db.scope import ALL_SCOPES, Scope

# The stored row of the key that a token names, its organization not known before.
Find = Callable[[str], Awaitable[Any]]
HOW_TO_CALL: Final = (
    "Send the token of an API key in the header Authorization: Bearer th_... "
    "(no token, or one that was not copied whole)."
)
UNKNOWN: Final = "There is no API key with this token."
NOBODY: Final = bytes(32)


class KeyCheck:
    """Knows callers by their tokens; a token known lately costs nothing but a look-up."""

    def __init__(self, find: Find, peppers: Peppers, cache: KeyCache, throttle: Throttle) -> None:
        self._find, self._peppers = find, peppers
        self._cache, self._throttle, self._turns = cache, throttle, Turns()

    def mark(self, token: str) -> bytes | None:
        """What a token is known by; None for what can't be one, which is not hashed."""
        return self._cache.mark(token) if may_be_token(token) else None

    def is_known(self, mark: bytes | None, now: datetime) -> bool:
        return mark is not None and self._cache.get(mark, now) is not None

    def known(self, mark: bytes | None, address: Address | None, now: datetime) -> Caller | None:
        """The caller where the token was known lately, for which nobody waits; IpNotAllowed."""
        # The checksum of a token that is known was right.
        if address is None or mark is None:
            return None
        key = self._cache.get(mark, now)
        return None if key is None else _at(key, address)

    async def caller(self, token: str, address: Address | None, now: datetime) -> Caller:
        """The caller; Unauthenticated, IpNotAllowed or RateLimited. One statement at most.

        Unavailable where keys can't be looked up, or not in time.
        """
        if address is None:
            raise IpNotAllowed("The address that this request comes from can't be told.")
        read = parse(token)
        if read is None:
            raise Unauthenticated(HOW_TO_CALL)
        mark = self._cache.mark(token)
        known = self._cache.get(mark, now)
        if known is None:
            known = await self._checked(read, mark, address, now)
        return _at(known, address)

    async def _checked(
        self, token: Token, mark: bytes, address: Address, now: datetime
    ) -> KnownKey:
        refusal = self._cache.refusal(mark, now)
        if refusal is not None:
            raise Unauthenticated(refusal)
        if self._cache.was_good(mark):
            return await self._looked_up(token, mark, address, now)
        async with self._turns.turn(source_of(address)):
            # Somebody may have asked with the same token meanwhile.
            known = self._cache.get(mark, now)
            if known is not None:
                return known
            wait = self._throttle.wait_seconds(address, now.timestamp())
            if wait > 0:
                raise RateLimited(
                    "Too many requests with tokens that aren't good from this address.",
                    math.ceil(wait),
                )
            return await self._looked_up(token, mark, address, now)

    async def _looked_up(
        self, token: Token, mark: bytes, address: Address, now: datetime
    ) -> KnownKey:
        generation = self._cache.generation
        row = await self._find(token.id)
        try:
            ends = self._ends(row, token, now)
        except Unauthenticated as refused:
            self._throttle.failed(address, now.timestamp())
            self._cache.put_refusal(mark, now, str(refused), generation)
            raise
        known = known_key(row)
        self._cache.put(mark, known, now, ends, generation)
        return known

    def _ends(self, row: Any, token: Token, now: datetime) -> datetime | None:
        """When the token ends to work; Unauthenticated where it doesn't work now."""
        if row is None:
            # As much work as for a key that is there, so that time doesn't tell which are.
            self._peppers.matches(token.secret, self._peppers.current, NOBODY)
            raise Unauthenticated(UNKNOWN)
        ends: list[datetime] = [] if row.expires_at is None else [row.expires_at]
        if not self._peppers.matches(token.secret, row.pepper_version, row.digest):
            previous, until = row.previous_digest, row.previous_token_expires_at
            version = row.previous_pepper_version
            if previous is None or not self._peppers.matches(token.secret, version, previous):
                raise Unauthenticated(UNKNOWN)
            ends.append(until)
        if row.revoked_at is not None:
            raise Unauthenticated("This API key is revoked.")
        if ends and min(ends) <= now:
            raise Unauthenticated("This API key's token has expired.")
        return min(ends, default=None)


def _at(key: KnownKey, address: Address) -> Caller:
    caller = Caller(key, address)
    caller.must_be_at_an_allowed_address()
    return caller


def known_key(row: Any) -> KnownKey:
    """What the rest of the house needs of a stored key."""
    return KnownKey(
        organization_id=row.organization_id,
        id=row.id,
        actor=Actor(ActorKind.API_KEY, row.typeid, row.name),
        scopes=ALL_SCOPES if row.full_access else frozenset(map(Scope, row.granted)),
        full_access=row.full_access,
        rules=Rules(frozenset(ip_network(rule["cidr"]) for rule in row.rules)),
        expires_at=row.expires_at,
    )
