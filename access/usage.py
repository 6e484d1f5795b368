"""When keys were last used: gathered in memory, and written in batches by the server."""

from datetime import datetime
from itertools import islice
from uuid import UUID

from access.caller import Caller
from access.refusals import Refusals
from db.token import Use


class Usage:
    """The latest use of each key since the last batch; as bounded as the cache of keys is.

    Beside it what was no use, for the address was refused.
    """

    def __init__(self) -> None:
        self.refusals = Refusals()
        # As they were noted, by the key's id: each request notes one, few are written.
        self._noted: dict[UUID, tuple[Caller, datetime]] = {}
        self._unwritten: dict[UUID, Use] = {}

    def note(self, caller: Caller, now: datetime) -> None:
        self._noted[caller.key.id] = caller, now

    def take(self, most: int = 5_000) -> list[Use]:
        """Some uses, which are no longer here: they are the caller's to write."""
        taken = [_use(*self._noted.pop(id)) for id in list(islice(self._noted, most))]
        for use in taken:
            self._unwritten.pop(use.api_key_id, None)
        earlier = list(islice(self._unwritten, most - len(taken)))
        return taken + [self._unwritten.pop(id) for id in earlier]

    def put_back(self, uses: list[Use]) -> None:
        """Keep uses that couldn't be written, where no later one has come."""
        for use in uses:
            if use.api_key_id not in self._noted:
                self._unwritten.setdefault(use.api_key_id, use)


def _use(caller: Caller, now: datetime) -> Use:
    key = caller.key
    return Use(key.organization_id, key.id, now, caller.address)
