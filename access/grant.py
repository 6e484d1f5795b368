"""The rule of giving: nobody gives more than they have, and everybody may take away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from access.networks import Network, Rules, canonical, lies_within
from db.scope import Scope

ANY_ADDRESS = "any address"
NEVER = "never"

_NAMED_IN_SENTENCE = 5


@dataclass(frozen=True, slots=True)
class Reach:
    """What a caller can do: each of the scopes, from each of the addresses, until the expiry.

    No networks are any address; no expiry is forever.
    """

    scopes: frozenset[Scope]
    networks: frozenset[Network]
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Beyond:
    """What lies beyond a caller, in the words of the API; false where nothing does."""

    scopes: tuple[Scope, ...] = ()
    addresses: tuple[str, ...] = ()
    expiry: str | None = None

    def __bool__(self) -> bool:
        return bool(self.scopes or self.addresses or self.expiry)

    @property
    def details(self) -> dict[str, list[str] | str]:
        """The same for programs, with the names that the fields of an input have."""
        parts: dict[str, list[str] | str | None] = {
            "scopes": [scope.value for scope in self.scopes],
            "ipRules": list(self.addresses),
            "expiresAt": self.expiry,
        }
        return {name: part for name, part in parts.items() if part}

    @property
    def sentence(self) -> str:
        lacking: list[str] = []
        if self.scopes:
            lacking.append(f"scopes {_listed(self.scopes)}")
        if self.addresses:
            lacking.append(f"use from {_listed(self.addresses)}")
        if self.expiry:
            lacking.append("no expiry" if self.expiry == NEVER else f"use until {self.expiry}")
        return f"You can give no more than you have yourself. You lack: {'; '.join(lacking)}."


def beyond(wanted: Reach, own: Reach) -> Beyond:
    """Tell what of a whole reach the caller hasn't got: to create a key, or to rotate one."""
    return Beyond(
        _scopes_beyond(wanted.scopes, own.scopes),
        _addresses_beyond(wanted.networks, own.networks),
        _expiry_beyond(wanted.expires_at, own.expires_at),
    )


def added_beyond(before: Reach, after: Reach, own: Reach) -> Beyond:
    """Tell what a change adds to a key that the caller hasn't got: to update one.

    Something added to one side of a reach can be used with all of the other sides: a new scope
    from every address of the key, a new address with every scope, and both until it expires. So
    those must be the caller's too, while what the change leaves as it was is never asked for.
    """
    scopes = after.scopes - before.scopes
    addresses = not lies_within(after.networks, before.networks)
    time = _is_later(after.expires_at, before.expires_at)
    if not (scopes or addresses or time):
        return Beyond()
    own_or_kept = own.networks and own.networks | before.networks
    return Beyond(
        _scopes_beyond(after.scopes if addresses or time else scopes, own.scopes),
        _addresses_beyond(after.networks, own.networks if scopes or time else own_or_kept),
        _expiry_beyond(after.expires_at, own.expires_at),
    )


def _scopes_beyond(wanted: frozenset[Scope], own: frozenset[Scope]) -> tuple[Scope, ...]:
    return tuple(scope for scope in Scope if scope in wanted - own)


def _addresses_beyond(wanted: frozenset[Network], own: frozenset[Network]) -> tuple[str, ...]:
    if lies_within(wanted, own):
        return ()
    rules = Rules(own)
    outside = [network for network in wanted if not rules.contains(network)]
    outside.sort(key=lambda n: (n.version, int(n.network_address), n.prefixlen))
    return tuple(map(canonical, outside)) or (ANY_ADDRESS,)


def _expiry_beyond(wanted: datetime | None, own: datetime | None) -> str | None:
    if not _is_later(wanted, own):
        return None
    return wanted.astimezone(UTC).isoformat().replace("+00:00", "Z") if wanted else NEVER


def _is_later(one: datetime | None, other: datetime | None) -> bool:
    return other is not None and (one is None or one > other)


def _listed(names: Sequence[str]) -> str:
    listed = ", ".join(names[:_NAMED_IN_SENTENCE])
    rest = len(names) - _NAMED_IN_SENTENCE
    return f"{listed} and {rest} more" if rest > 0 else listed
