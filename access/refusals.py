"""Keys that were refused for their address: gathered in memory, and told of by the server."""

from datetime import datetime
from typing import Final
from uuid import UUID

from access.errors import IpNotAllowed
from db.errors import Refused
from db.refusal import Refusal

MOST: Final = 10_000


class Refusals:
    """The first refusal of each key since the last batch.

    There is room for so many keys; others that are refused meanwhile are noted the next time.
    """

    def __init__(self) -> None:
        self._refusals: dict[UUID, Refusal] = {}

    def note(self, error: Refused, now: datetime) -> None:
        """Keep a refusal for the address of a key that is known; others are nobody's news."""
        caller = error.caller if isinstance(error, IpNotAllowed) else None
        if caller and caller.address and len(self._refusals) < MOST:
            key = caller.key
            refusal = Refusal(key.organization_id, key.id, key.actor.name, caller.address, now)
            self._refusals.setdefault(key.id, refusal)

    def take(self, most: int = 200) -> list[Refusal]:
        """Some refusals, which are no longer here: they are the caller's to tell of."""
        keys = list(self._refusals)[:most]
        return [self._refusals.pop(key) for key in keys]

    def put_back(self, refusals: list[Refusal]) -> None:
        """Keep refusals that couldn't be told of: they came first."""
        for refusal in refusals:
            self._refusals[refusal.api_key_id] = refusal
