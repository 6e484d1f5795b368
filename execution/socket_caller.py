"""Who calls through a socket or a stream, looked up again and again while it is open."""

import time
from datetime import datetime
from typing import Final

from access.caller import Caller, KnownKey
from access.networks import Address
from db.errors import Refused
from execution.serving import Serving
from execution.socket_close import ending_by

# How often a caller is looked up where nobody can tell whether its key has changed.
UNSURE_SECONDS: Final = 0.3


class SocketCaller:
    """A token and the address that uses it."""

    def __init__(self, serving: Serving, token: str, address: Address | None) -> None:
        self._serving, self._token, self._address = serving, token, address
        self._cache = serving.house.cache
        self._mark = self._cache.mark(token)
        self._key: KnownKey | None = None
        self._generation, self._looked = self._cache.generation, 0.0

    async def now(self) -> tuple[datetime, Caller]:
        """The moment, and the caller at it; Ending where it isn't let in, or can't be checked."""
        try:
            return await self.known()
        except Refused as error:
            raise ending_by(error) from None

    async def known(self) -> tuple[datetime, Caller]:
        """The same, but a Refused for who isn't let in, or can't be checked."""
        generation, looked = self._cache.generation, time.monotonic()
        now = self._serving.clock()
        caller = await self._serving.check.caller(self._token, self._address, now)
        self._key, self._generation, self._looked = caller.key, generation, looked
        return now, caller

    def is_due(self, now: datetime) -> bool:
        """Whether to look again; as long as nothing has changed, that is cheap to tell."""
        if self._cache.get(self._mark, now) is self._key:
            return False
        has_changed = self._cache.generation != self._generation
        return has_changed or time.monotonic() - self._looked > UNSURE_SECONDS
