"""When keys were last used: gathered in memory, and written in batches by the server."""

from datetime import datetime
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
        self._uses: dict[UUID, Use] = {}

    def note(self, caller: Caller, now: datetime) -> None:
        key = caller.key
        self._uses[key.id] = Use(key.organization_id, key.id, now, caller.address)

    def take(self, most: int = 5_000) -> list[Use]:
        """Some uses, which are no longer here: they are the caller's to write."""
        keys = list(self._uses)[:most]
        return [self._uses.pop(key) for key in keys]

    def put_back(self, uses: list[Use]) -> None:
        """Keep uses that couldn't be written, where no later one has come."""
        for use in uses:
            self._uses.setdefault(use.api_key_id, use)
