"""What was known a moment ago of callers, so that a request costs no trip to the database."""

import hashlib
import math
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import UUID

from access.caller import KnownKey
from access.known_organizations import KnownOrganizations

if TYPE_CHECKING:
    from db.organization import Organization

KEPT: Final = timedelta(seconds=10)
REFUSAL_KEPT: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Entry:
    key: KnownKey
    since: datetime
    until: datetime


class Asked(NamedTuple):
    """When a row was asked for, and what had changed by then."""

    generation: int
    moment: float


class KeyCache:
    """Found keys by their token's mark; bounded, and never served beyond their time.

    Beside them the organizations that they belong to, by the same rules.

    Marks are keyed hashes, so that no token stays in memory. An entry whose time is over is kept
    as long as there is room: that its token was good lately spares it the throttle.

    Where changes come from other processes too, entries are only good while it is sure that those
    are heard: as long as `renew` is called. Without it nothing is served, and each request asks
    the database.
    """

    def __init__(
        self,
        size: int = 100_000,
        refused_size: int = 1_000,
        organizations_size: int = 10_000,
        *,
        sure_until: float = math.inf,
        monotonic: Callable[[], float] | None = None,
    ) -> None:
        self.generation = 0
        self._sure_until, self._monotonic = sure_until, monotonic or time.monotonic
        self._size, self._refused_size = size, refused_size
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()
        self._marks: dict[UUID, set[bytes]] = {}
        self._refused: OrderedDict[bytes, tuple[datetime, str]] = OrderedDict()
        self._organizations = KnownOrganizations(organizations_size, KEPT.total_seconds())
        # To copy what has taken the key in already is a third less work than to begin with it.
        self._keyed = hashlib.blake2b(digest_size=16, key=secrets.token_bytes(32))

    def mark(self, token: str) -> bytes:
        mark = self._keyed.copy()
        mark.update(token.encode())
        return mark.digest()

    def get(self, mark: bytes, now: datetime) -> KnownKey | None:
        # The same as `is_sure`, for each request asks.
        if self._monotonic() >= self._sure_until:
            return None
        entry = self._entries.get(mark)
        # A clock that was set back must not lengthen an entry's life.
        return entry.key if entry and entry.since <= now < entry.until else None

    def was_good(self, mark: bytes) -> bool:
        return mark in self._entries

    def refusal(self, mark: bytes, now: datetime) -> str | None:
        """Why the token was refused a moment ago; None where it wasn't."""
        if not self.is_sure:
            return None
        since, reason = self._refused.get(mark, (None, None))
        return reason if since is not None and since <= now < since + REFUSAL_KEPT else None

    def organization(self, id: UUID) -> "Organization | None":
        """The row as it was read lately; None where it has to be read."""
        moment = self._monotonic()
        return self._organizations.get(id, moment) if moment < self._sure_until else None

    def renew(self, sure_until: float) -> None:
        """Changes are heard until that moment of the monotonic clock.

        What was kept before a gap may have changed in it, so it is emptied, not mended.
        """
        if not self.is_sure:
            self.clear()
        self._sure_until = sure_until

    @property
    def is_sure(self) -> bool:
        return self._monotonic() < self._sure_until

    def put(
        self, mark: bytes, key: KnownKey, now: datetime, ends: datetime | None, generation: int
    ) -> None:
        """Keep what was read, unless something changed since before it was read."""
        if generation != self.generation:
            return
        self._drop(mark)
        until = now + KEPT if ends is None else min(now + KEPT, ends)
        self._entries[mark] = Entry(key, now, until)
        self._marks.setdefault(key.id, set()).add(mark)
        if len(self._entries) > self._size:
            self._drop(next(iter(self._entries)))

    def put_refusal(self, mark: bytes, now: datetime, reason: str, generation: int) -> None:
        """Keep why, unless something changed since before the key was read."""
        if generation != self.generation:
            return
        self._refused[mark] = (now, reason)
        if len(self._refused) > self._refused_size:
            self._refused.popitem(last=False)

    def asking(self) -> Asked:
        """To be taken before an organization's row is asked for, and given back with the row."""
        return Asked(self.generation, self._monotonic())

    def put_organization(self, row: "Organization", asked: Asked) -> None:
        """Keep a row under its own id, unless something changed since before it was read."""
        if asked.generation == self.generation:
            self._organizations.put(row, asked.moment)

    def forget(self, id: UUID) -> None:
        """The key or the organization changed.

        What was known of it, or is being read just now, is not to be used.
        """
        self.generation += 1
        self._organizations.drop(id)
        for mark in list(self._marks.get(id, ())):
            self._drop(mark)
        # They don't say whose they are, and an expired key may have been given more time.
        self._refused.clear()

    def heard(self, changed: str) -> None:
        """What a connection changed: a key's or an organization's id, or "*" for more than one."""
        if changed == "*":
            self.clear()
        else:
            self.forget(UUID(changed))

    def clear(self) -> None:
        self.generation += 1
        self._entries.clear()
        self._marks.clear()
        self._organizations.clear()
        self._refused.clear()

    def _drop(self, mark: bytes) -> None:
        entry = self._entries.pop(mark, None)
        if entry is not None:
            marks = self._marks[entry.key.id]
            marks.discard(mark)
            if not marks:
                del self._marks[entry.key.id]
