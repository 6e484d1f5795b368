"""Who is calling: a key as it was found, and the address that uses it."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from access.errors import IpNotAllowed
from access.grant import Reach
from access.networks import Address, Rules
from db.actor import Actor
from db.scope import ALL_SCOPES, Scope


@dataclass(frozen=True, slots=True)
class KnownKey:
    """What a check of a key's token found; it says nothing about any one request."""

    organization_id: UUID
    id: UUID
    actor: Actor
    scopes: frozenset[Scope]
    full_access: bool
    rules: Rules
    expires_at: datetime | None

    @property
    def reach(self) -> Reach:
        """What the key could give on. Full access reaches as far as any key can."""
        scopes = ALL_SCOPES if self.full_access else self.scopes
        return Reach(scopes, self.rules.networks, self.expires_at)


class Caller(NamedTuple):
    """A tuple, for one is made for each request and nobody is to change it."""

    key: KnownKey
    address: Address | None

    def must_be_at_an_allowed_address(self) -> None:
        if not self.key.rules.admits(self.address):
            raise IpNotAllowed(f"This API key can't be used from {self.address}.", self)
